#include "tests/style/ratchet.hpp"

#include <sstream>

namespace style {

Ratchet Ratchet::read(std::string_view text) {
    Ratchet ratchet;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream words{line};
        std::string rule, path;
        std::size_t count = 0;
        words >> rule >> path >> count;
        ratchet.allowed_[{rule, path}] = count;
    }
    return ratchet;
}

void Ratchet::found(const std::string& rule, const std::string& path, const Findings& findings) {
    if (findings.empty()) return;
    auto& all = found_[{rule, path}];
    all.insert(all.end(), findings.begin(), findings.end());
}

std::vector<std::string> Ratchet::complaints() const {
    std::vector<std::string> complaints;
    for (const auto& [key, findings] : found_) {
        const auto allowed = allowed_.find(key);
        if (allowed != allowed_.end() && findings.size() <= allowed->second) continue;
        for (const auto& finding : findings)
            complaints.push_back(key.second + ":" + std::to_string(finding.line) + ": " + finding.what);
    }
    for (const auto& [key, allowed] : allowed_) {
        const auto present = found_.find(key);
        const auto count = present == found_.end() ? 0 : present->second.size();
        if (count < allowed)
            complaints.push_back("the exception \"" + key.first + " " + key.second + " " + std::to_string(allowed) +
                                 "\" is too large: there are " + std::to_string(count));
    }
    return complaints;
}

std::string Ratchet::present() const {
    std::string text;
    for (const auto& [key, findings] : found_)
        text += key.first + " " + key.second + " " + std::to_string(findings.size()) + "\n";
    return text;
}

}  // namespace style
