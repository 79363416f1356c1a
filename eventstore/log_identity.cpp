#include "eventstore/log_identity.hpp"

#include "eventstore/base/parse_number.hpp"

#include <algorithm>
#include <ranges>

namespace sillok {

Epoch LogIdentity::epoch_of(Position position) const {
    const auto written_in = std::ranges::find_if(epochs | std::views::reverse,
                                                 [position](const Begin& begin) { return begin.after < position; });
    return written_in == epochs.rend() ? epochs.front().epoch : written_in->epoch;
}

std::optional<Position> LogIdentity::left(Epoch epoch) const {
    const auto found = std::ranges::find(epochs, epoch, &Begin::epoch);
    if (found == epochs.end() || std::next(found) == epochs.end()) return std::nullopt;
    return std::next(found)->after;
}

void LogIdentity::begin_epoch(Position end, std::uint64_t random) {
    const auto count = epoch() == first_epoch ? 1 : epoch().value / epochs_apart;
    const auto is_left = [end](const Begin& begin) { return begin.after < end; };
    epochs.erase(std::find_if_not(epochs.begin() + 1, epochs.end(), is_left), epochs.end());
    epochs.push_back({Epoch{(count + 1) * epochs_apart + random % epochs_apart}, end});
}

std::string header_text(const LogIdentity& identity) {
    return '"' + identity.log_id.text() + "\";epoch=" + std::to_string(identity.epoch().value);
}

namespace {

std::string_view without_spaces(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<NamedLog> parse_named_log(std::string_view text) {
    const auto end = std::min(text.find(';'), text.size());
    auto id = without_spaces(text.substr(0, end));
    if (id.size() > 2 && id.starts_with('"') && id.ends_with('"')) id = id.substr(1, id.size() - 2);
    const auto log_id = Uuid::parse(id);
    if (!log_id) return std::nullopt;
    if (end == text.size()) return NamedLog{*log_id, {}};
    constexpr std::string_view name = "epoch=";
    const auto parameter = without_spaces(text.substr(end + 1));
    if (!parameter.starts_with(name)) return std::nullopt;
    const auto epoch = parse_number<std::uint64_t>(parameter.substr(name.size()));
    if (!epoch) return std::nullopt;
    return NamedLog{*log_id, Epoch{*epoch}};
}

}  // namespace sillok
