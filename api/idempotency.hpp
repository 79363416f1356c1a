// The same Idempotency-Key with the same request gets the first answer again, byte for byte.
//
// How:       the key and who sent it give the command id. The answer is kept as that command's receipt, in the
//            commit that holds its events; a refusal is a commit with a receipt alone. So the answer is there
//            exactly when what it tells of has happened.
// Kept:      answers that were decided by looking at state. A request of the wrong form, or one that the log
//            could not take, has no answer yet: the same key may be sent again.
// Retention: receipts are kept as long as the log.
#pragma once

#include "api/http/response.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/event.hpp"

#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sillok::api {

Uuid command_id_of(std::string_view principal, std::string_view key);
// Of a message from the payment provider: no caller's key, whoever the caller is, can stand for the same.
Uuid command_id_of_webhook(std::string_view webhook_id);
// What must be the same for a request to be the same: method, target and body, as they were sent. The key goes in,
// too: it is stored nowhere else, so nobody can try out from a receipt which password was in a body.
Hash fingerprint_of(std::string_view key, boost::beast::http::verb verb, std::string_view target,
                    std::string_view body);

// An answer as it is kept with its command.
std::string receipt_of(const Response& answer, const Hash& fingerprint);

// The first answer, with Idempotent-Replayed: true; a problem where the key belongs to another request.
Result replay(const KnownCommand& known, const Hash& fingerprint);

// The command ids whose requests are being answered now.
// Threads: any thread may call any member.
class InFlight {
   public:
    class Ticket {  // out of flight when it goes
       public:
        Ticket(InFlight& flights, const Uuid& id) : flights_(&flights), id_(id) {}
        Ticket(Ticket&& other) noexcept : flights_(std::exchange(other.flights_, nullptr)), id_(other.id_) {}
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket() {
            if (flights_) flights_->leave(id_);
        }

       private:
        InFlight* flights_;
        Uuid id_;
    };
    // Nothing while the same id is in flight already.
    std::optional<Ticket> enter(const Uuid& id);

   private:
    void leave(const Uuid& id);

    Mutex mutex_;
    std::unordered_set<Uuid> ids_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok::api
