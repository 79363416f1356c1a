// Reads a saga's journal: the calls to the provider without an outcome, and the saga that waits for an operator.
#pragma once

#include "aggregates/saga_events.hpp"
#include "sagas/reconciliation/log_entries.hpp"

#include <string>
#include <string_view>

namespace sillok::reconciliation {

class CallReader {
   public:
    // REQUIRES: both outlive the reader.
    CallReader(LogEntries& entries, std::string_view journal) : entries_(entries), journal_(journal) {}

    // Events of an unknown saga are not read.
    void read(const saga::Event& event);

   private:
    LogEntries& entries_;
    const std::string_view journal_;
};

}  // namespace sillok::reconciliation
