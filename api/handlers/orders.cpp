#include "api/handlers/orders.hpp"
#include "aggregates/skipped_event.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/event_json.hpp"
#include "aggregates/unreadable_event.hpp"
#include "api/handlers/as_of.hpp"
#include "api/handlers/list_page.hpp"
#include "api/handlers/order_json.hpp"
#include "api/handlers/order_trail.hpp"
#include "api/handlers/pay_later.hpp"
#include "api/handlers/price_guard.hpp"
#include "api/handlers/run_command.hpp"
#include "api/handlers/saga_json.hpp"
#include "api/handlers/unreadable_row.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/http/paging.hpp"

#include <algorithm>
#include <span>
#include <variant>

namespace sillok::api {

namespace {

using order::Order;

std::optional<OrderHistory::OrderPhase> parse_phase(std::string_view word) {
    using Phase = OrderHistory::OrderPhase;
    for (const auto phase : {Phase::placed, Phase::confirmed, Phase::completed, Phase::rejected, Phase::cancelling,
                             Phase::cancelled, Phase::returned})
        if (text(phase) == word) return phase;
    return std::nullopt;
}

std::string order_etag(const OrderHistory::Row& row, bool late) {
    const auto last = row.timeline.empty() ? row.placed : row.timeline.back().position;
    return late ? late_etag_of(row.version, last.value) : etag_of(row.version, last.value);
}

Problem order_unknown() { return problem_of(Rejection{Rejection::order_unknown}); }

Response shown(const OrderHistory::Row& row, std::span<const order::Line> lines) {
    return json_response(200, past_json_of(row, lines)).with("ETag", order_etag(row, false));
}

// What the response to a command shows: all lines of an order that has not many.
std::span<const order::Line> lines_of_a_response(const std::vector<order::Line>& lines) {
    return {lines.data(), lines.size() <= lines_of_a_response_max ? lines.size() : OrderHistory::lines_max};
}

// The order as it was after the last of the events that `is_past` admits. The error is the first that cannot be read.
template <class IsPast>
std::expected<std::optional<OrderHistory::Row>, UnreadableEvent> row_until(const EventStore& store, const OrderId& id,
                                                                           IsPast&& is_past) {
    const OrderTrail trail{store, id};
    const auto left_out = skipped_events(store);
    std::optional<OrderHistory::Row> row;
    for (const auto& event : trail.events()) {
        if (!is_past(event)) break;
        if (OrderHistory::key(event) != id.value || left_out.contains(event.event_id)) continue;
        try {
            row = OrderHistory::project(std::move(row), event);
        } catch (const EventUnreadable& error) {
            return std::unexpected(unreadable(event, {error.what()}));
        }
    }
    return row;
}

// Replaces the header, or removes it if there is no value.
void set_header(Response& response, const std::string& name, std::optional<std::string> value) {
    std::erase_if(response.headers, [&name](const auto& header) { return header.first == name; });
    if (value) response.headers.emplace_back(name, *std::move(value));
}

std::optional<std::string> retry_after(std::optional<std::chrono::seconds> later) {
    return later ? std::optional{std::to_string(later->count())} : std::nullopt;
}

}  // namespace

std::expected<std::vector<order::Line>, Problem> Orders::priced(const OrderForm& form) {
    BodyErrors errors;
    std::vector<order::Line> lines;
    lines.reserve(form.lines.size());
    for (const auto& line : form.lines) {
        auto& priced = lines.emplace_back(order::Line{line.product, {}, line.quantity, {}});
        const auto phase =
            products_.with_state(line.product, [&priced](const product::Product::State& product, Version) {
                priced.product_name = product.product_name;
                priced.unit_price = product.price;
                return product.phase;
            });
        if (line.unit_price) priced.unit_price = *line.unit_price;
        if (phase == product::Product::Phase::absent)
            errors.rule(Rejection::product_unknown, pointer_to(line.pointer, "productId"),
                        "product " + line.product.value + " does not exist");
        if (phase == product::Product::Phase::discontinued)
            errors.rule(Rejection::product_discontinued, pointer_to(line.pointer, "productId"),
                        "product " + line.product.value + " is discontinued");
    }
    auto problem = errors.problem();
    if (!problem) problem = wrong_amounts(form, lines);
    if (problem) {
        problem->decided = true;
        return std::unexpected(*problem);
    }
    return lines;
}

bool Orders::must_queue(const BreakerSnapshot& breaker) const {
    const bool sagas_go_on = runtime_.running() && !runtime_.paused() && breaker.state == BreakerState::closed;
    return sagas_go_on && !admission_.is_open();
}

ResponseTask Orders::place(const Request& request) {
    auto form = read_order_form(request.body);
    if (!form) co_return std::unexpected(form.error());
    const auto breaker = runtime_.payments_breaker();
    if (must_queue(breaker)) {
        const bool may_enter = co_await admission_.enter();
        if (!may_enter) co_return std::unexpected(Problem{problems::sagas_behind});
    }
    auto lines = priced(*form);
    if (!lines) co_return std::unexpected(lines.error());

    const auto id = form->id.value_or(OrderId{clock_.new_id().text()});
    auto context = request.context(clock_);
    const auto time = context.metadata.time;
    auto render = [&id, time, &breaker](const Order::State& state, Version version) {
        const auto row = row_of(id, state, version, time);
        const auto later = pays_later(row, breaker);
        auto response = json_response(201, json_of(row, lines_of_a_response(state.lines), later.has_value()))
                            .with("Location", href("/v1/orders/", id.value))
                            .with("ETag", etag_of(version));
        set_header(response, "Retry-After", retry_after(later));
        return response;
    };
    order::command::Place command{std::move(form->customer), std::move(form->customer_name),
                                  std::move(form->customer_address), std::move(*lines)};
    auto placing = run_command(orders_, request, std::move(context), id, std::move(command), render);
    auto placed = co_await std::move(placing);
    if (!placed || !request.wait) co_return placed;
    auto responding = waited(request, id, std::move(*placed));
    co_return co_await std::move(responding);
}

bool Orders::have_goods_arrived(const OrderId& id) {
    try {
        return deliveries_.with_state(
            id, [](const delivery::Delivery::State& state, Version) { return delivery::has_arrived(state.phase); });
    } catch (const StreamUnreadable&) {
        return false;
    }
}

ResponseTask Orders::request_cancellation(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    order::command::RequestCancellation command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        command.reason = body.optional_text("reason", reason_length).value_or("");
    });
    if (wrong) co_return std::unexpected(*wrong);
    command.goods_arrived = have_goods_arrived(*id);

    auto render = [&id](const Order::State& state, Version version) {
        const auto self = href("/v1/orders/", id->value);
        const Json body{{"orderId", id->value},
                        {"state", text(state.phase)},
                        {"pending", true},
                        {"reason", state.reason},
                        {"_links", {{"self", link(self)}, {"saga", link(self + "/saga")}}}};
        return json_response(202, body).with("Location", self).with("ETag", etag_of(version));
    };
    auto accepting = run_command(orders_, request, request.context(clock_), *id, std::move(command), render);
    auto accepted = co_await std::move(accepting);
    if (!accepted || !request.wait) co_return accepted;
    auto responding = waited(request, *id, std::move(*accepted));
    co_return co_await std::move(responding);
}

asio::awaitable<std::optional<OrderHistory::Row>> Orders::settled(OrderId id, Position after,
                                                                  std::chrono::milliseconds within) {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + within;
    auto wanted = after;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
        const bool reached =
            co_await freshness_.reached(rows_.seen(), wanted, std::max(left, std::chrono::milliseconds{0}));
        wanted = next(rows_.position());  // taken before the row is read, so no change is missed
        auto row = rows_.get(id.value);
        if (!reached || (row && !row->pending)) co_return row;
    }
}

ResponseTask Orders::waited(const Request& request, OrderId id, Response response) {
    auto settling = settled(std::move(id), *response.position, *request.wait);
    const auto row = co_await std::move(settling);
    response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(request.wait->count()));
    if (!row) co_return response;  // the history lags; the first response is still true
    const auto later = pays_later(*row, runtime_.payments_breaker());
    std::vector<order::Line> room;
    std::span<const order::Line> lines = row->lines;
    if (row->line_count <= lines_of_a_response_max) lines = lines_of(*row, room);
    response.body = text_of(json_of(*row, lines, later.has_value()));
    set_header(response, "ETag", order_etag(*row, later.has_value()));
    set_header(response, "Retry-After", retry_after(later));
    if (!row->timeline.empty()) response.position = std::max(*response.position, row->timeline.back().position);
    if (request.remember) {
        auto keeping = store_.replace_receipt(request.command_id, receipt_of(response, *request.remember));
        const auto kept = co_await std::move(keeping);
        if (!kept) co_return std::unexpected(problem_of(kept.error()));
    }
    co_return response;
}

ResponseTask Orders::list(const Request& request) {
    std::optional<OrderHistory::OrderPhase> state;
    if (const auto word = request.parameter("state")) {
        state = parse_phase(*word);
        if (!state) co_return std::unexpected(invalid_parameter("state", "is not a state of an order"));
    }
    auto selection = state ? OrderHistory::in_state(*state) : OrderHistory::all();
    if (const auto text = request.parameter("customerId")) {
        const auto customer = canonical(CustomerId{std::string{*text}});
        if (const auto flaw = flaw_of(customer)) co_return std::unexpected(invalid_parameter("customerId", *flaw));
        selection = OrderHistory::of_customer(customer, state);
    }
    auto listing = page_of(request, std::move(selection));
    co_return co_await std::move(listing);
}

ResponseTask Orders::list_of_customer(const Request& request) {
    const auto id = id_from<CustomerId>(request);
    if (!id) co_return std::unexpected(id.error());
    auto listing = page_of(request, OrderHistory::of_customer(*id));
    co_return co_await std::move(listing);
}

ResponseTask Orders::page_of(const Request& request, Selection selection) {
    return list_page(request, rows_, std::move(selection), freshness_, [this](const OrderHistory::Row& row) {
        auto order = json_of(row, pays_later(row, runtime_.payments_breaker()).has_value());
        return marked_order(std::move(order), rows_, row.order);
    });
}

ResponseTask Orders::show(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    if (const auto when = request.parameter("asOf")) {
        auto responding = show_as_of(request, *id, *when);
        co_return co_await std::move(responding);
    }
    const auto seen = co_await freshness_.seen(request, rows_.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto row = rows_.get(id->value);
    if (!row) co_return std::unexpected(missing_row(rows_, id->value, order_unknown()));
    auto show = [this, &row] {
        std::vector<order::Line> room;
        const bool late = pays_later(*row, runtime_.payments_breaker()).has_value();
        return json_response(200, marked_order(json_of(*row, lines_of(*row, room), late), rows_, row->order))
            .with("ETag", order_etag(*row, late));
    };
    Response response;
    if (row->line_count > lines_of_a_response_max) {
        auto showing = heavy_.call(std::move(show));
        response = co_await std::move(showing);
    } else {
        response = show();
    }
    freshness_.stamp(response, *seen);
    co_return response;
}

std::span<const order::Line> Orders::lines_of(const OrderHistory::Row& row, std::vector<order::Line>& room) const {
    if (row.line_count <= row.lines.size()) return row.lines;
    const auto events = store_.read_stream(stream_name<Order>(row.order), Version{1}, 1);
    if (events.empty()) return row.lines;
    auto first = decode<Order::Event>(events.front());
    auto* const placed = first ? std::get_if<order::event::Placed>(&*first) : nullptr;
    if (!placed) return row.lines;
    room = std::move(placed->lines);
    return room;
}

ResponseTask Orders::show_as_of(const Request& request, OrderId id, std::string_view when) {
    const auto as_of = AsOf::parse(when);
    if (!as_of) co_return std::unexpected(as_of.error());
    const auto seen = co_await freshness_.log_seen(request);
    if (!seen) co_return std::unexpected(seen.error());
    if (const auto known = request.log->check(as_of->position(), store_.head()); !known)
        co_return std::unexpected(known.error());

    // Projects the order's streams up to that time, as the order history does.
    const auto row = row_until(store_, id, [&](const Recorded& event) { return as_of->includes(event); });
    if (!row) co_return std::unexpected(problem_of(row.error()));
    if (!*row) co_return std::unexpected(order_unknown());
    std::vector<order::Line> room;
    auto response = shown(**row, lines_of(**row, room));
    freshness_.stamp(response, *seen);
    co_return response;
}

ResponseTask Orders::events(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    const auto page = page_request(request);
    if (!page) co_return std::unexpected(page.error());
    const auto list = "order-events " + id->value;
    const auto after = page->cursor.empty() ? Position{} : position_in(list, page->cursor);
    if (!after) co_return std::unexpected(after.error());
    const auto seen = co_await freshness_.log_seen(request);
    if (!seen) co_return std::unexpected(seen.error());

    if (const auto known = request.log->check(*after, store_.head()); !known) co_return std::unexpected(known.error());

    const OrderTrail trail{store_, *id};
    if (trail.events().empty()) co_return std::unexpected(order_unknown());
    PageItems items;
    Position last;
    std::string next_cursor;
    for (const auto& event : trail.events()) {
        if (event.position <= *after) continue;
        if (items.count() == page->limit || !items.add(Json(event_json(event)))) {
            next_cursor = position_cursor(list, last);
            break;
        }
        last = event.position;
    }
    auto response = page_response(request, items, next_cursor);
    freshness_.stamp(response, *seen);
    co_return response;
}

ResponseTask Orders::saga(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    const auto seen = co_await freshness_.seen(request, sagas_.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto rows = sagas_.page(SagaMonitor::of_order(*id), {.cursor = {}, .limit = page_limit_max});
    auto sagas = Json::array();
    if (rows)
        for (const auto& row : rows->rows) sagas.push_back(json_of(row));
    // A new order may have no saga yet.
    if (sagas.empty() && store_.version_of(stream_name<Order>(*id)) == Version{})
        co_return std::unexpected(order_unknown());
    const Json body{{"orderId", id->value},
                    {"sagas", std::move(sagas)},
                    {"_links",
                     {{"self", link(request.path)},
                      {"order", link(href("/v1/orders/", id->value))},
                      {"events", link(href("/v1/orders/", id->value, "/events"))}}}};
    auto response = json_response(200, body);
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
