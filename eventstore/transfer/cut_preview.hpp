// What a copy of a log up to a position or a time would leave out (log_copier.hpp), without making one.
#pragma once

#include "eventstore/transfer/log_copier.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace sillok {

struct CutPreview {
    // A commit of which only a part lies within the limit: it is left out.
    struct Torn {
        Position first;
        Position last;
    };
    Position end;  // of the copy
    std::optional<Timestamp> end_time;
    Position whole_end;  // of the log
    std::uint64_t events_left_out = 0;
    std::uint64_t streams_shortened = 0;  // they lose events, and keep some
    std::uint64_t streams_left_out = 0;   // they lose all of them
    std::optional<Torn> torn;
};

// The error names an event that cannot be read. Throws StorageError if the log cannot be. Needs memory for each stream
// of what is left out.
std::expected<CutPreview, std::string> preview_cut(const LogStorage& log, const Until& until);

}  // namespace sillok
