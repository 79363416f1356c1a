// Which log this is, and which of its histories: two logs never have the same, also where one began as a copy of the
// other.
//
// Log id: given once, when the log is created; a log that was created without one gets it when it is first opened for
//         writing. A copy keeps it.
// Epoch:  1 at first. A log that may go on differently from the same events begins another one: a restored backup, an
//         import. Later epochs are larger. Each but the first ends in nine random digits, so that two copies of one
//         log do not begin the same one.
// A position is a place in this history only together with both. Up to where an epoch began, it and the one before
// have the same events.
#pragma once

#include "eventstore/base/strong.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

using Epoch = Strong<struct EpochTag, std::uint64_t>;

constexpr Epoch first_epoch{1};
constexpr std::uint64_t epochs_apart = 1'000'000'000;  // so an epoch has at most 15 digits after 10^6 restores

struct LogIdentity {
    struct Begin {
        Epoch epoch;
        Position after;  // the epoch's events come after this position
        friend bool operator==(const Begin&, const Begin&) = default;
    };
    Uuid log_id;  // nil: an older program's log, opened for reading only
    std::vector<Begin> epochs{{.epoch = first_epoch, .after = {}}};  // oldest first, the last one goes on

    [[nodiscard]] Epoch epoch() const { return epochs.back().epoch; }
    // Where the present epoch began.
    [[nodiscard]] Position began() const { return epochs.back().after; }
    // The epoch in which the event at a position was written.
    [[nodiscard]] Epoch epoch_of(Position position) const;
    // The last position that an earlier epoch of this log has in common with the present one. Nothing for an epoch that
    // is none of them: a copy of this log began it.
    [[nodiscard]] std::optional<Position> left(Epoch epoch) const;
    // Adds an epoch that begins after `end`, and forgets those of which no event is left then. Pure: `random` gives its
    // last digits.
    void begin_epoch(Position end, std::uint64_t random);

    friend bool operator==(const LogIdentity&, const LogIdentity&) = default;
};

// The identity as a structured field (RFC 9651): "0197c3a0-...";epoch=1
std::string header_text(const LogIdentity& identity);

// What such a field says; also read without quotation marks, and without an epoch. Nothing if it is malformed.
struct NamedLog {
    Uuid log_id;
    std::optional<Epoch> epoch;
};
std::optional<NamedLog> parse_named_log(std::string_view text);

}  // namespace sillok
