// The body of POST /v1/orders: {"customerId", "lines": [{"productId", "quantity"}]}, or one line without the array. The
// prices that the customer has seen may be said, so that none moves unnoticed: "expectedPrice" of a line, and
// "expectedTotal".
#pragma once

#include "aggregates/values.hpp"
#include "api/http/problem.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::api {

struct OrderForm {
    struct Line {
        ProductId product;
        Quantity quantity;
        std::optional<Money> unit_price;
        std::optional<Money> expected_price;
        std::string pointer;  // of the line, for errors that are found later
    };
    std::optional<OrderId> id;
    CustomerId customer;
    std::string customer_name;
    std::string customer_address;
    std::vector<Line> lines;
    std::optional<Money> expected_total;
};

std::expected<OrderForm, Problem> read_order_form(std::string_view bytes);

}  // namespace sillok::api
