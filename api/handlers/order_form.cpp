#include "api/handlers/order_form.hpp"

#include "api/http/json_body.hpp"

namespace sillok::api {

namespace {

constexpr std::size_t order_lines_max = 5'000;

OrderForm::Line read_line(ObjectReader& object) {
    return {.product = object.id<ProductId>("productId"),
            .quantity = object.quantity("quantity").value_or(Quantity{}),
            .unit_price = object.optional_price("unitPrice"),
            .expected_price = object.optional_price("expectedPrice"),
            .pointer = object.pointer()};
}

}  // namespace

std::expected<OrderForm, Problem> read_order_form(std::string_view bytes) {
    OrderForm form;
    const auto wrong = read_body(bytes, [&form](ObjectReader& body, BodyErrors& errors) {
        form.id = body.optional_new_id<OrderId>("orderId");
        form.customer = body.new_id<CustomerId>("customerId");
        form.customer_name = body.optional_text("customerName", word_length).value_or("");
        form.customer_address = body.optional_text("customerAddress", address_length).value_or("");
        form.expected_total = body.optional_total("expectedTotal");
        const bool one_line = !body.has("lines") && body.has("productId");
        if (one_line) {
            form.lines.push_back(read_line(body));
            return;
        }
        bool none = true;
        body.objects("lines", order_lines_max, [&](ObjectReader& line) {
            none = false;
            form.lines.push_back(read_line(line));
        });
        if (none) errors.rule(Rejection::order_empty, "/lines", "must have at least one line");
    });
    if (wrong) return std::unexpected(*wrong);
    return form;
}

}  // namespace sillok::api
