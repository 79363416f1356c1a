#include "api/handlers/price_guard.hpp"

#include "api/http/json_body.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace sillok::api {

namespace {

std::string text_of(const Money& money) {
    return std::to_string(money.amount) + ' ' + std::string{money.currency.text()};
}

void expect(const std::optional<Money>& expected, const Money& actual, std::string pointer, Problem& changed) {
    if (!expected || *expected == actual) return;
    changed.errors.push_back({.pointer = std::move(pointer),
                              .detail = "expected " + text_of(*expected) + ", but it is " + text_of(actual),
                              .expected = expected,
                              .actual = actual});
}

}  // namespace

std::optional<Problem> wrong_amounts(const OrderForm& form, const std::vector<order::Line>& priced) {
    BodyErrors errors;
    Money total{0, priced.front().unit_price.currency};
    for (std::size_t i = 0; i < priced.size(); ++i) {
        const auto& [product, name, quantity, price] = priced[i];
        const auto& pointer = form.lines[i].pointer;
        if (price.currency != total.currency)
            errors.rule(Rejection::currency_mismatch, pointer_to(pointer, "productId"),
                        "its price is in " + std::string{price.currency.text()} + ", the first line's in " +
                            std::string{total.currency.text()});
        if (price.amount > 0 && quantity.value > (total_max - total.amount) / price.amount) {
            errors.rule(Rejection::amount_overflow, pointer_to(pointer, "quantity"),
                        "the order's total would be more than " + std::to_string(total_max));
            break;
        }
        total.amount += quantity.value * price.amount;
    }
    if (auto problem = errors.problem()) return problem;

    Problem changed{problems::price_changed, "nothing was ordered"};
    for (std::size_t i = 0; i < priced.size(); ++i)
        expect(form.lines[i].expected_price, priced[i].unit_price, pointer_to(form.lines[i].pointer, "expectedPrice"),
               changed);
    expect(form.expected_total, total, "/expectedTotal", changed);
    if (changed.errors.empty()) return std::nullopt;
    return changed;
}

}  // namespace sillok::api
