// An operator's decision to go on with a log that lacks events, or is another one, than the files beside it have seen.
// It is an event itself, the first one after the gap, so everybody who reads the log learns of it.
#pragma once

#include "aggregates/decider.hpp"
#include "eventstore/event.hpp"

#include <string>

namespace sillok {

struct LossAccepted {  // stored
    static constexpr EventName name{"log.lossAccepted", 1};
    Position end;         // of the log, as it was found
    Position seen;        // the last position that the witness has seen
    std::string witness;  // the file or directory that knows more than the log
    std::string what;     // the sentence with which the server refused to start
    friend bool operator==(const LossAccepted&, const LossAccepted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("end", self.end);
        visit("seen", self.seen);
        visit("witness", self.witness);
        visit("what", self.what);
    }
};

}  // namespace sillok
