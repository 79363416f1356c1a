// A request that is repeated with the same Idempotency-Key gets the first response again, byte for byte.
//
// How:       the command id is derived from the key and its sender. The response is stored as the command's receipt,
//            in the same commit as its events. A refused command is a commit with a receipt only. So a response is
//            stored exactly when its events are.
// Stored:    responses that depend on state. A malformed request, and one that the log could not accept, has none:
//            the same key may be sent again.
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
// For a webhook of the payment provider. Cannot collide with any client's idempotency key.
Uuid command_id_of_webhook(std::string_view webhook_id);
// Two requests are the same if method, target and body are the same bytes. The key is hashed too: it is stored nowhere
// else, so a receipt cannot be used to guess a password in a body.
Hash fingerprint_of(std::string_view key, boost::beast::http::verb verb, std::string_view target,
                    std::string_view body);

// A response in the stored form.
std::string receipt_of(const Response& response, const Hash& fingerprint);

// Returns the first response with Idempotent-Replayed: true, or a problem if the key was used for another request.
Result replay(const KnownCommand& known, const Hash& fingerprint);

// The command ids of the requests that are in progress.
// Threads: any thread may call any member.
class InFlight {
   public:
    class Ticket {  // removes the id when it is destroyed
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
    // Returns nothing while a request with the same id is in progress.
    std::optional<Ticket> enter(const Uuid& id);

   private:
    void leave(const Uuid& id);

    Mutex mutex_;
    std::unordered_set<Uuid> ids_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok::api
