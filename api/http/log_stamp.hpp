// How responses, cursors and requests name the log: a position means something only together with the log and the
// epoch that it is of (eventstore/log_identity.hpp).
#pragma once

#include "api/http/problem.hpp"
#include "eventstore/log_identity.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sillok::api {

// Made once: the log does not change while a server runs.
class LogStamp {
   public:
    explicit LogStamp(LogIdentity identity);

    // For the header Sillok-Log of every response.
    [[nodiscard]] const std::string& header() const { return header_; }

    // A cursor that a client gets, and what it was made of when it comes back. Nothing if it was never one.
    [[nodiscard]] std::string stamped(std::string_view cursor) const;
    [[nodiscard]] std::expected<std::optional<std::string_view>, Problem> cursor_in(std::string_view stamped) const;

    // Refuses positions that the client says are of another log or epoch.
    [[nodiscard]] std::expected<void, Problem> check(const NamedLog& named) const;
    [[nodiscard]] std::expected<void, Problem> check(Epoch epoch) const;
    // Refuses a position beyond `end`.
    [[nodiscard]] std::expected<void, Problem> check(Position position, Position end) const;

   private:
    [[nodiscard]] Problem of_another(std::string_view what) const;

    LogIdentity identity_;
    std::string header_;
    std::string tag_;  // ends each cursor
};

}  // namespace sillok::api
