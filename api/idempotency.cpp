#include "api/idempotency.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/sha256.hpp"

#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace sillok::api {

namespace {

// The UUID namespace of command ids from idempotency keys. Never change it: stored keys would not be found again.
constexpr Uuid key_namespace{
    {0x1d, 0x3a, 0x6e, 0x0b, 0x52, 0x9c, 0x4f, 0x6d, 0x8a, 0x37, 0x0c, 0xe5, 0x41, 0xb8, 0x7f, 0x92}};
// The same for webhook ids.
constexpr Uuid webhook_namespace{
    {0x5e, 0x07, 0xc2, 0x94, 0xa8, 0x1b, 0x4d, 0x30, 0xb6, 0xf1, 0x2a, 0x79, 0xd8, 0x43, 0x0e, 0x65}};
// The same for the later uses of a key.
constexpr Uuid again_namespace{
    {0xc3, 0x92, 0x1f, 0x6b, 0x07, 0xae, 0x45, 0xd8, 0x91, 0x5c, 0x3e, 0xb0, 0x62, 0xf4, 0x18, 0x7d}};
constexpr std::uint8_t receipt_format = 2;
constexpr std::uint8_t receipt_format_without_time = 1;

struct StoredHeader {  // stored
    std::string name;
    std::string value;
    static void fields(auto& self, auto&& visit) {
        visit("name", self.name);
        visit("value", self.value);
    }
};

struct Receipt {  // stored; a changed layout needs a new format
    std::uint8_t format = receipt_format_without_time;
    Hash fingerprint{};
    std::uint16_t status = 0;
    std::string content_type;
    std::string body;
    std::vector<StoredHeader> headers;
    Position position;  // 0: the position of the command's last event
    static void fields(auto& self, auto&& visit) {
        visit("format", self.format);
        visit("fingerprint", self.fingerprint);
        visit("status", self.status);
        visit("contentType", self.content_type);
        visit("body", self.body);
        visit("headers", self.headers);
        visit("position", self.position);
    }
};

struct TimedReceipt {  // stored; the format that is written
    std::uint8_t format = receipt_format;
    Timestamp time;
    Receipt receipt;
    static void fields(auto& self, auto&& visit) {
        visit("format", self.format);
        visit("time", self.time);
        visit("receipt", self.receipt);
    }
};

// Of either format; that without time has none.
std::optional<TimedReceipt> read_receipt(std::string_view bytes) {
    TimedReceipt timed;
    if (from_bytes(bytes, timed) && timed.format == receipt_format) return timed;
    timed = {};
    if (from_bytes(bytes, timed.receipt) && timed.receipt.format == receipt_format_without_time) return timed;
    return std::nullopt;
}

}  // namespace

Uuid command_id_of(std::string_view principal, std::string_view key) {
    std::string name{principal};
    name += '\0';
    name += key;
    return uuid_v5(key_namespace, name);
}

Uuid command_id_of_webhook(std::string_view webhook_id) { return uuid_v5(webhook_namespace, webhook_id); }

Uuid command_id_after(const Uuid& expired) {
    return uuid_v5(again_namespace, {reinterpret_cast<const char*>(expired.bytes.data()), expired.bytes.size()});
}

Hash fingerprint_of(std::string_view key, boost::beast::http::verb verb, std::string_view target,
                    std::string_view body) {
    Sha256 sha256;
    const auto method = boost::beast::http::to_string(verb);
    return sha256({key, "\n", {method.data(), method.size()}, "\n", target, "\n", body});
}

std::string receipt_of(const Response& response, const KeyedRequest& request) {
    TimedReceipt timed;
    timed.time = request.time;
    auto& receipt = timed.receipt;
    receipt.fingerprint = request.fingerprint;
    receipt.status = response.status;
    receipt.content_type = response.content_type;
    receipt.body = response.body;
    for (const auto& [name, value] : response.headers) receipt.headers.push_back({name, value});
    receipt.position = response.position.value_or(Position{});
    return to_bytes(timed);
}

std::optional<Timestamp> kept_at(const KnownCommand& known) {
    const auto timed = read_receipt(known.receipt);
    if (!timed || timed->time == Timestamp{}) return std::nullopt;
    return timed->time;
}

ReceiptRetention receipts_kept_for(std::chrono::milliseconds keep) {
    const SystemClock clock;
    const auto is_over = [keep, clock, opened = clock.now()](const KnownCommand& known) {
        return clock.now().value - kept_at(known).value_or(opened).value >= keep.count();
    };
    using std::chrono::seconds;
    return {std::max(std::chrono::ceil<seconds>(keep), seconds{1}), is_over};
}

Result replay(const KnownCommand& known, const KeyedRequest& request) {
    auto timed = read_receipt(known.receipt);
    if (!timed) return std::unexpected(Problem{problems::internal, "the stored response cannot be read"});
    auto& receipt = timed->receipt;
    if (receipt.fingerprint != request.fingerprint) return std::unexpected(Problem{problems::key_reused});

    Response response{
        .status = receipt.status, .content_type = std::move(receipt.content_type), .body = std::move(receipt.body)};
    for (auto& header : receipt.headers) response.headers.emplace_back(std::move(header.name), std::move(header.value));
    response.headers.emplace_back("Idempotent-Replayed", "true");
    response.is_kept = true;
    if (receipt.position != Position{})
        response.position = receipt.position;
    else if (known.events > 0)
        response.position = Position{known.first.value + known.events - 1};
    return response;
}

std::optional<InFlight::Ticket> InFlight::enter(const Uuid& id) {
    const MutexLock lock{mutex_};
    if (!ids_.insert(id).second) return std::nullopt;
    return std::optional<Ticket>{std::in_place, *this, id};
}

void InFlight::leave(const Uuid& id) {
    const MutexLock lock{mutex_};
    ids_.erase(id);
}

}  // namespace sillok::api
