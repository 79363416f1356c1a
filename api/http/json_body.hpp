// Reads request bodies strictly. Members of the wrong type, unknown members and missing members are errors. All errors
// of a body are reported at once, each with its JSON Pointer: the first errors_listed_max, for nobody repairs more.
//
// Also refused: repeated keys, nesting deeper than 32, invalid UTF-8, and text after the value, also behind a NUL.
// Numbers must be written as integers: 1.0 and 1e3 are refused.
#pragma once

#include "aggregates/id_rules.hpp"
#include "aggregates/values.hpp"
#include "api/http/problem.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::api {

constexpr std::size_t json_depth_max = 32;

struct ParsedJson {
    nlohmann::json value;
    std::vector<FieldError> repeated;  // keys that occur more than once; no more than a problem can have
};
std::expected<ParsedJson, Problem> parse_json(std::string_view bytes);

// A member's name appended to a JSON Pointer (RFC 6901). A long name is cut (echo.hpp).
std::string pointer_to(std::string_view parent, std::string_view member);

// Limits of a text's length in bytes.
struct Length {
    std::size_t min = 0;
    std::size_t max;
};
constexpr Length name_length{1, 255};
constexpr Length word_length{0, 255};
constexpr Length address_length{0, 1'000};
constexpr Length reason_length{0, 1'000};
constexpr Length description_length{0, 10'000};

// The errors of a body. Errors of form come first; a violated business rule is reported only if the form is right.
class BodyErrors {
   public:
    void form(std::string pointer, std::string detail);
    // Whether there are more errors of form than a problem lists: looking for others is no use.
    [[nodiscard]] bool is_full() const { return form_.size() > errors_listed_max; }
    void rule(Rejection::Reason why, std::string pointer, std::string detail);
    // Returns the problem to respond with, if any: 400 for the form, 422 for a rule.
    [[nodiscard]] std::optional<Problem> problem() const;

   private:
    std::vector<FieldError> form_;
    std::optional<Problem> rule_;  // of the first violated rule, with all members that violate it
};

// One object of a body. Handlers read each member by name; end() refuses the members that were not read.
// A null member counts as absent.
class ObjectReader {
   public:
    // REQUIRES: value and errors outlive the reader.
    ObjectReader(const nlohmann::json& value, std::string pointer, BodyErrors& errors);

    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] const std::string& pointer() const { return pointer_; }
    [[nodiscard]] std::string pointer_of(std::string_view name) const { return pointer_to(pointer_, name); }

    // A string as it is; empty where there is none.
    [[nodiscard]] std::string written(std::string_view name) const;
    std::string text(std::string_view name, Length length);
    std::optional<std::string> optional_text(std::string_view name, Length length);
    std::optional<std::int64_t> integer(std::string_view name);
    std::optional<Quantity> quantity(std::string_view name);    // 1 ... quantity_max
    std::optional<Quantity> adjustment(std::string_view name);  // -quantity_max ... quantity_max, not 0
    std::optional<Money> price(std::string_view name);
    std::optional<Money> optional_price(std::string_view name);
    std::optional<Money> optional_total(std::string_view name);  // as a price, but up to total_max
    // The id of something that is there, or that was named before.
    template <class Id>
    Id id(std::string_view name);
    // The id of something new, in its canonical form.
    template <class Id>
    Id new_id(std::string_view name);
    template <class Id>
    std::optional<Id> optional_new_id(std::string_view name);
    // Calls `read` for each element that is an object. Other elements, and a member that is no array, are errors.
    void objects(std::string_view name, std::size_t count_max, const std::function<void(ObjectReader&)>& read);

    // Adds an error for every member that was not read.
    void end();

   private:
    const nlohmann::json* find(std::string_view name);      // marks it as read; null is absent
    const nlohmann::json* required(std::string_view name);  // absent is an error
    std::optional<std::string> read_text(const nlohmann::json& value, std::string_view name, Length length);
    std::optional<Money> read_money(const nlohmann::json& value, std::string_view name, std::int64_t max);
    std::optional<std::string> read_id(std::string_view name);

    const nlohmann::json* object_;  // null if the value is not an object
    std::string pointer_;
    BodyErrors* errors_;
    std::vector<std::string_view> asked_;
};

// Parses a body and reads its root with `read`. Returns the problem, if any: it is lasting. An empty body counts as {}.
std::optional<Problem> read_body(std::string_view bytes, const std::function<void(ObjectReader&, BodyErrors&)>& read);

template <class Id>
Id ObjectReader::id(std::string_view name) {
    auto text = read_id(name);
    if (!text) return {};
    auto id = canonical(Id{std::move(*text)});
    if (auto flaw = flaw_of(id)) errors_->form(pointer_of(name), *std::move(flaw));
    return id;
}

template <class Id>
Id ObjectReader::new_id(std::string_view name) {
    auto text = read_id(name);
    if (!text) return {};
    auto id = canonical(Id{std::move(*text)});
    if (auto flaw = flaw_of_new(id)) errors_->form(pointer_of(name), *std::move(flaw));
    return id;
}

template <class Id>
std::optional<Id> ObjectReader::optional_new_id(std::string_view name) {
    if (!has(name)) {
        find(name);
        return std::nullopt;
    }
    return new_id<Id>(name);
}

}  // namespace sillok::api
