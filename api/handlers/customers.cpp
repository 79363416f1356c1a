#include "api/handlers/customers.hpp"

#include "aggregates/email_tag.hpp"
#include "api/handlers/list_page.hpp"
#include "api/handlers/run_command.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <algorithm>

namespace sillok::api {

namespace {

using customer::Customer;

constexpr Length email_length{3, 254};
constexpr Length password_length{8, 1'000};

// Refuses only text that cannot be an address. Whether mail arrives there is not checked.
bool is_address(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::none_of(text, [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; });
}

// No customer has the address, nor had it before.
std::vector<TagCondition> is_free(const std::string& email) {
    std::vector<TagCondition> conditions;
    auto add = [&conditions](std::string tag) {
        conditions.push_back({.tag = std::move(tag),
                              .types = {std::string{customer::event::SignedUp::name.type},
                                        std::string{customer::event::DetailsChanged::name.type}}});
    };
    add(customer::email_tag(email));
    if (auto older = customer::older_email_tag(email); older != conditions.front().tag) add(std::move(older));
    return conditions;
}

// An older program told customers apart by case: none signed up with the id as it is written here.
StreamCondition is_no_customer(const CustomerId& as_written) {
    return {.stream = stream_name<Customer>(as_written), .expected = NoStream{}};
}

Json links_of(const CustomerId& id) {
    return {{"orders", link(href("/v1/customers/", id.value, "/orders"))},
            {"notifications", link(href("/v1/customers/", id.value, "/notifications"))}};
}

Json json_of(const Notifications::Row& row) {
    return {{"sequence", row.sequence.value},
            {"type", row.type},
            {"text", row.text},
            {"orderId", row.order.value},
            {"time", rfc3339(row.time)},
            {"_links", {{"order", link(href("/v1/orders/", row.order.value))}}}};
}

}  // namespace

ResponseTask Customers::sign_up(const Request& request) {
    std::optional<CustomerId> chosen;
    CustomerId as_written;
    customer::command::SignUp command;
    std::string password;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors& errors) {
        chosen = body.optional_new_id<CustomerId>("customerId");
        if (chosen) as_written.value = body.written("customerId");
        command.customer_name = body.text("name", name_length);
        command.email = body.text("email", email_length);
        if (!command.email.empty() && !is_address(command.email)) errors.form("/email", "must be an e-mail address");
        password = body.text("password", password_length);
    });
    if (wrong) co_return std::unexpected(*wrong);

    auto hashing = passwords_.hash(std::move(password));
    auto hash = co_await std::move(hashing);
    if (!hash) co_return std::unexpected(Problem{problems::overloaded, "too many sign-ups are in progress"});
    command.password_hash = std::move(*hash);

    const auto id = chosen.value_or(CustomerId{clock_.new_id().text()});
    auto context = request.context(clock_);
    context.conditions.tags = is_free(command.email);
    if (chosen && as_written != id) context.conditions.streams.push_back(is_no_customer(as_written));
    auto render = [&id](const Customer::State& state, Version version) {
        const Json body{
            {"customerId", id.value}, {"name", state.customer_name}, {"email", state.email}, {"_links", links_of(id)}};
        return json_response(201, body).with("ETag", etag_of(version));
    };
    auto responding = run_command(customers_, request, std::move(context), id, std::move(command), render);
    co_return co_await std::move(responding);
}

ResponseTask Customers::notifications(const Request& request) {
    const auto id = id_from<CustomerId>(request);
    if (!id) co_return std::unexpected(id.error());
    auto listing = list_page(request, messages_, Notifications::of_customer(*id), freshness_,
                             [](const Notifications::Row& row) { return json_of(row); });
    co_return co_await std::move(listing);
}

}  // namespace sillok::api
