#include "tools/doctor/examination.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

std::string_view word_of(Finding::Level level) {
    switch (level) {
        case Finding::Level::good: return "good";
        case Finding::Level::note: return "note";
        case Finding::Level::act: return "act";
    }
    return "";
}

}  // namespace

Finding good(std::string name, std::string what) {
    return {.level = Finding::Level::good, .name = std::move(name), .what = std::move(what)};
}
Finding note(std::string name, std::string what, std::string advice) {
    return {Finding::Level::note, std::move(name), std::move(what), std::move(advice)};
}
Finding act(std::string name, std::string what, std::string advice) {
    return {Finding::Level::act, std::move(name), std::move(what), std::move(advice)};
}

bool is_well(const Examination& examination) {
    return std::ranges::none_of(examination, [](const auto& one) { return one.level == Finding::Level::act; });
}

nlohmann::ordered_json json_of(const Examination& examination) {
    auto checks = nlohmann::ordered_json::array();
    for (const auto& one : examination) {
        nlohmann::ordered_json json{{"name", one.name}, {"level", word_of(one.level)}, {"what", one.what}};
        if (!one.advice.empty()) json["do"] = one.advice;
        checks.push_back(std::move(json));
    }
    return {{"ok", is_well(examination)}, {"checks", std::move(checks)}};
}

std::string table_of(const Examination& examination) {
    std::string table;
    for (const auto& one : examination) {
        table += fmt::format("{:<5} {:<13} {}\n", word_of(one.level), one.name, one.what);
        if (!one.advice.empty()) table += fmt::format("{:<5} {:<13} {}\n", "", "", one.advice);
    }
    return table;
}

}  // namespace sillok
