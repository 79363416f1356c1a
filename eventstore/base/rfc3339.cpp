#include "eventstore/base/rfc3339.hpp"

#include "eventstore/base/parse_number.hpp"

#include <algorithm>
#include <chrono>

namespace sillok {

namespace {

void append_padded(std::string& out, std::int64_t number, int width) {
    const auto digits = std::to_string(number);
    out.append(static_cast<std::size_t>(std::max<std::int64_t>(0, width - std::ssize(digits))), '0');
    out += digits;
}

// Exactly `width` digits at the front of `text`, which is shortened by them.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
    if (text.size() < width || text.starts_with('-')) return std::nullopt;
    const auto number = parse_number<int>(text.substr(0, width));
    if (number) text.remove_prefix(width);
    return number;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

// The fraction of a second, any number of digits, cut to milliseconds.
std::optional<int> take_fraction_ms(std::string_view& text) {
    int ms = 0;
    int digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits)
        if (digits < 3) ms = ms * 10 + (text.front() - '0');
    if (digits == 0) return std::nullopt;
    for (; digits < 3; ++digits) ms *= 10;
    return ms;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes{0};
    const int sign = text.starts_with('-') ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

std::string rfc3339(Timestamp time) {
    using namespace std::chrono;
    const sys_time<milliseconds> instant{milliseconds{time.value}};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const hh_mm_ss clock{instant - day};
    std::string out;
    out.reserve(24);
    append_padded(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, clock.hours().count(), 2);
    out += ':';
    append_padded(out, clock.minutes().count(), 2);
    out += ':';
    append_padded(out, clock.seconds().count(), 2);
    out += '.';
    append_padded(out, clock.subseconds().count(), 3);
    out += 'Z';
    return out;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    const auto y = take_digits(text, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto mo = take_digits(text, 2);
    if (!mo || !take(text, '-')) return std::nullopt;
    const auto d = take_digits(text, 2);
    if (!d || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
    const auto h = take_digits(text, 2);
    if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
    const auto mi = take_digits(text, 2);
    if (!mi || *mi > 59 || !take(text, ':')) return std::nullopt;
    const auto s = take_digits(text, 2);
    if (!s || *s > 60) return std::nullopt;  // 60: a leap second counts as the next minute's first
    int ms = 0;
    if (take(text, '.')) {
        const auto fraction = take_fraction_ms(text);
        if (!fraction) return std::nullopt;
        ms = *fraction;
    }
    const auto offset = take_offset(text);
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!offset || !text.empty() || !date.ok()) return std::nullopt;
    const auto instant = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + milliseconds{ms} - *offset;
    return Timestamp{duration_cast<milliseconds>(instant.time_since_epoch()).count()};
}

}  // namespace sillok
