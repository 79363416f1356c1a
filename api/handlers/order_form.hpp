// The body of POST /v1/orders: {"customerId", "lines": [{"productId", "quantity"}]}, or one line without the array.
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
        std::string pointer;  // of the product id, for errors that are found later
    };
    std::optional<OrderId> id;
    CustomerId customer;
    std::string customer_name;
    std::string customer_address;
    std::vector<Line> lines;
};

std::expected<OrderForm, Problem> read_order_form(std::string_view bytes);

}  // namespace sillok::api
