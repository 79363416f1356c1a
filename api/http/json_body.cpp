#include "api/http/json_body.hpp"

#include "aggregates/codec/json_text.hpp"
#include "api/http/echo.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sillok::api {

namespace {

using Value = nlohmann::json;

constexpr std::string_view number_expected = "must be an integer of at most 64 bits";

// Builds the value, and checks depth and repeated keys, which nlohmann's own builder does not.
class StrictBuilder {
   public:
    explicit StrictBuilder(ParsedJson& result) : result_(result) {}

    bool null() { return place(nullptr); }
    bool boolean(bool value) { return place(value); }
    bool number_integer(std::int64_t value) { return place(value); }
    bool number_unsigned(std::uint64_t value) { return place(value); }
    bool number_float(double value, const std::string&) { return place(value); }
    bool string(std::string& value) { return place(std::move(value)); }
    bool binary(Value::binary_t&) { return false; }  // not in JSON text

    bool start_object(std::size_t) { return open(Value::object()); }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(Value::array()); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        auto& object = *open_.back().container;
        if (object.contains(name) && result_.repeated.size() <= errors_listed_max)
            result_.repeated.push_back({pointer_to(here(), name), "appears more than once"});
        open_.back().member = std::move(name);
        return true;
    }

    bool parse_error(std::size_t offset, const std::string&, const nlohmann::json::exception& error) {
        if (error.id == number_out_of_range) {  // its text has the whole number in it
            too_large_ = next_value();
            return false;
        }
        error_offset_ = offset;
        error_ = error.what();
        return false;
    }

    [[nodiscard]] std::size_t error_offset() const { return error_offset_; }
    [[nodiscard]] const std::string& error() const { return error_; }
    [[nodiscard]] bool too_deep() const { return too_deep_; }
    // The pointer of a number beyond every floating-point number, where reading ended.
    [[nodiscard]] const std::optional<std::string>& too_large() const { return too_large_; }

   private:
    static constexpr int number_out_of_range = 406;  // nlohmann's number for it

    struct Open {
        Value* container;
        std::string member;  // of an object: the key whose value comes next
    };

    Value* put(Value value) {
        if (open_.empty()) {
            result_.value = std::move(value);
            return &result_.value;
        }
        auto& [container, member] = open_.back();
        if (container->is_array()) {
            container->push_back(std::move(value));
            return &container->back();
        }
        return &((*container)[member] = std::move(value));
    }
    bool place(Value value) {
        put(std::move(value));
        return true;
    }
    bool open(Value container) {
        if (open_.size() == json_depth_max) {
            too_deep_ = true;
            return false;
        }
        open_.push_back({put(std::move(container)), {}});
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    // The pointer of the innermost open container.
    [[nodiscard]] std::string here() const {
        std::string pointer;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
            const auto& [container, member] = open_[i];
            pointer = container->is_array() ? pointer_to(pointer, std::to_string(container->size() - 1))
                                            : pointer_to(pointer, member);
        }
        return pointer;
    }

    // The pointer of the value that is being read.
    [[nodiscard]] std::string next_value() const {
        if (open_.empty()) return {};
        const auto& [container, member] = open_.back();
        return pointer_to(here(), container->is_array() ? std::to_string(container->size()) : member);
    }

    ParsedJson& result_;
    std::vector<Open> open_;
    std::size_t error_offset_ = 0;
    std::string error_;
    bool too_deep_ = false;
    std::optional<std::string> too_large_;
};

// nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing
// value - invalid literal; last read: '...'". The last part is cut off: it may be long, or invalid UTF-8.
std::string cause_of(const std::string& what) {
    const auto colon = what.find(": ");
    const auto begin = colon == std::string::npos ? 0 : colon + 2;
    const auto end = std::min(what.find("; last read"), what.find("; expected"));
    return what.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string place_of(std::string_view bytes, std::size_t offset) {
    const auto before = bytes.substr(0, std::min(offset == 0 ? 0 : offset - 1, bytes.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

std::expected<ParsedJson, Problem> parse_json(std::string_view bytes) {
    if (has_nul(bytes))
        return std::unexpected(
            Problem{problems::malformed_json, "at " + place_of(bytes, bytes.find('\0') + 1) + ": a NUL"});
    ParsedJson result;
    StrictBuilder builder{result};
    if (nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &builder)) return result;
    if (const auto& pointer = builder.too_large()) {
        Problem problem{problems::invalid_body};
        problem.errors.push_back({*pointer, std::string{number_expected}});
        return std::unexpected(std::move(problem));
    }
    if (builder.too_deep())
        return std::unexpected(
            Problem{problems::malformed_json, "nested deeper than " + std::to_string(json_depth_max) + " levels"});
    return std::unexpected(Problem{problems::malformed_json,
                                   "at " + place_of(bytes, builder.error_offset()) + ": " + cause_of(builder.error())});
}

std::string pointer_to(std::string_view parent, std::string_view member) {
    std::string pointer{parent};
    pointer += '/';
    for (const char c : echoed(member)) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

void BodyErrors::form(std::string pointer, std::string detail) {
    if (!is_full()) form_.push_back({std::move(pointer), std::move(detail)});
}

void BodyErrors::rule(Rejection::Reason why, std::string pointer, std::string detail) {
    if (!rule_) {
        rule_ = problem_of(why, 422, std::move(pointer), std::move(detail));
        return;
    }
    if (rule_->code == code(why) && rule_->errors.size() <= errors_listed_max)
        rule_->errors.push_back({std::move(pointer), std::move(detail)});
}

std::optional<Problem> BodyErrors::problem() const {
    if (form_.empty()) return rule_;
    Problem problem{problems::invalid_body};
    problem.errors = form_;
    return problem;
}

ObjectReader::ObjectReader(const nlohmann::json& value, std::string pointer, BodyErrors& errors)
    : object_(value.is_object() ? &value : nullptr), pointer_(std::move(pointer)), errors_(&errors) {
    if (!object_) errors_->form(pointer_, "must be an object");
}

bool ObjectReader::has(std::string_view name) const {
    if (!object_) return false;
    const auto found = object_->find(name);
    return found != object_->end() && !found->is_null();
}

std::string ObjectReader::written(std::string_view name) const {
    return has(name) && object_->find(name)->is_string() ? object_->find(name)->get<std::string>() : std::string{};
}

const nlohmann::json* ObjectReader::find(std::string_view name) {
    asked_.push_back(name);
    if (!has(name)) return nullptr;
    return &*object_->find(name);
}

const nlohmann::json* ObjectReader::required(std::string_view name) {
    const auto* value = find(name);
    if (!value && object_) errors_->form(pointer_of(name), "is required");
    return value;
}

namespace {

std::string wrong_length(std::size_t bytes, Length length) {
    if (bytes > length.max) return "must be at most " + std::to_string(length.max) + " bytes long";
    if (length.min > 1) return "must be at least " + std::to_string(length.min) + " bytes long";
    return "must not be empty";
}

}  // namespace

std::optional<std::string> ObjectReader::read_text(const nlohmann::json& value, std::string_view name, Length length) {
    if (!value.is_string()) {
        errors_->form(pointer_of(name), "must be a string");
        return std::nullopt;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() < length.min || text.size() > length.max) {
        errors_->form(pointer_of(name), wrong_length(text.size(), length));
        return std::nullopt;
    }
    return text;
}

std::string ObjectReader::text(std::string_view name, Length length) {
    const auto* value = required(name);
    return value ? read_text(*value, name, length).value_or("") : "";
}

std::optional<std::string> ObjectReader::optional_text(std::string_view name, Length length) {
    const auto* value = find(name);
    return value ? read_text(*value, name, length) : std::nullopt;
}

std::optional<std::string> ObjectReader::read_id(std::string_view name) {
    const auto* value = required(name);
    if (!value) return std::nullopt;
    if (!value->is_string()) {
        errors_->form(pointer_of(name), "must be a string");
        return std::nullopt;
    }
    return value->get_ref<const std::string&>();
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name) {
    const auto* value = required(name);
    if (!value) return std::nullopt;
    if (!value->is_number_integer() ||
        (value->is_number_unsigned() && !std::in_range<std::int64_t>(value->get<std::uint64_t>()))) {
        errors_->form(pointer_of(name), value->is_number() ? std::string{number_expected} : "must be an integer");
        return std::nullopt;
    }
    return value->get<std::int64_t>();
}

std::optional<Quantity> ObjectReader::quantity(std::string_view name) {
    const auto number = integer(name);
    if (!number) return std::nullopt;
    if (*number < 1 || *number > quantity_max) {
        errors_->rule(Rejection::quantity_invalid, pointer_of(name), "must be 1 to " + std::to_string(quantity_max));
        return std::nullopt;
    }
    return Quantity{*number};
}

std::optional<Quantity> ObjectReader::adjustment(std::string_view name) {
    const auto number = integer(name);
    if (!number) return std::nullopt;
    if (*number == 0 || *number < -quantity_max || *number > quantity_max) {
        errors_->rule(
            Rejection::quantity_invalid, pointer_of(name),
            "must be -" + std::to_string(quantity_max) + " to " + std::to_string(quantity_max) + " and not 0");
        return std::nullopt;
    }
    return Quantity{*number};
}

std::optional<Money> ObjectReader::read_money(const nlohmann::json& value, std::string_view name, std::int64_t max) {
    ObjectReader money{value, pointer_of(name), *errors_};
    if (!money.object_) return std::nullopt;
    const auto amount = money.integer("amount");
    const auto letters = money.text("currency", {0, 64});
    money.end();
    if (letters.size() != 3) {
        if (money.has("currency")) errors_->form(money.pointer_of("currency"), "must be a three-letter ISO 4217 code");
        return std::nullopt;
    }
    const Currency currency{{letters[0], letters[1], letters[2]}};
    if (!is_valid(currency)) {
        errors_->form(money.pointer_of("currency"), "must be an ISO 4217 currency");
        return std::nullopt;
    }
    if (!amount) return std::nullopt;
    if (*amount < 0) errors_->rule(Rejection::price_negative, money.pointer_of("amount"), "must not be negative");
    if (*amount > max)
        errors_->rule(Rejection::amount_overflow, money.pointer_of("amount"), "must be at most " + std::to_string(max));
    return Money{*amount, currency};
}

std::optional<Money> ObjectReader::price(std::string_view name) {
    const auto* value = required(name);
    return value ? read_money(*value, name, price_max) : std::nullopt;
}

std::optional<Money> ObjectReader::optional_price(std::string_view name) {
    const auto* value = find(name);
    return value ? read_money(*value, name, price_max) : std::nullopt;
}

std::optional<Money> ObjectReader::optional_total(std::string_view name) {
    const auto* value = find(name);
    return value ? read_money(*value, name, total_max) : std::nullopt;
}

void ObjectReader::objects(std::string_view name, std::size_t count_max,
                           const std::function<void(ObjectReader&)>& read) {
    const auto* value = required(name);
    if (!value) return;
    const auto pointer = pointer_of(name);
    if (!value->is_array()) return errors_->form(pointer, "must be an array");
    if (value->size() > count_max)
        return errors_->form(pointer, "must have at most " + std::to_string(count_max) + " elements");
    for (std::size_t i = 0; i < value->size() && !errors_->is_full(); ++i) {
        ObjectReader element{(*value)[i], pointer_to(pointer, std::to_string(i)), *errors_};
        if (!element.object_) continue;
        read(element);
        element.end();
    }
}

void ObjectReader::end() {
    if (!object_) return;
    for (const auto& [name, value] : object_->items()) {
        if (errors_->is_full()) return;
        if (std::ranges::find(asked_, name) == asked_.end()) errors_->form(pointer_of(name), "is not a known member");
    }
}

std::optional<Problem> read_body(std::string_view bytes, const std::function<void(ObjectReader&, BodyErrors&)>& read) {
    auto parsed = parse_json(bytes.empty() ? "{}" : bytes);
    if (!parsed) {
        parsed.error().lasting = true;
        return parsed.error();
    }
    BodyErrors errors;
    for (const auto& repeated : parsed->repeated) errors.form(repeated.pointer, repeated.detail);
    ObjectReader body{parsed->value, "", errors};
    read(body, errors);
    body.end();
    auto problem = errors.problem();
    if (problem) problem->lasting = true;
    return problem;
}

}  // namespace sillok::api
