// A request that is repeated with the same Idempotency-Key gets the first response again, byte for byte.
//
// How:       the command id is derived from the key and its sender. The response is stored as the command's receipt,
//            in the same commit as its events. A command without events is a commit with a receipt only. So a response
//            is stored exactly when its events are.
// Stored:    what was done, and a refusal that no later state would lift: a body of the wrong form. Every other refusal
//            is decided again when the request comes again.
// Retention: a response is repeated for a time (--idempotency-keep). The same key is a new request afterwards, under
//            the next command id that is derived from the key. Receipts are beside the log's records, by command id.
//            They leave the disk some time after (ReceiptRetention); the command ids stay.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/event.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <boost/beast/http/verb.hpp>

#include <chrono>
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

// The command id of the key's next use after the response of this one is no longer kept.
Uuid command_id_after(const Uuid& expired);

// A response in the stored form.
std::string receipt_of(const Response& response, const KeyedRequest& request);

// When the response was kept. Nothing: the program that wrote it did not say. Before it, refusals of the moment were
// kept, too.
std::optional<Timestamp> kept_at(const KnownCommand& known);

// For a log that is opened now: receipts whose responses are not repeated any more. What an older program wrote without
// a time is over when this one has run for that long.
ReceiptRetention receipts_kept_for(std::chrono::milliseconds keep);

// Returns the first response with Idempotent-Replayed: true, or a problem if the key was used for another request.
Result replay(const KnownCommand& known, const KeyedRequest& request);

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
