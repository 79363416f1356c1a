#include "tools/commands/backup_json.hpp"

#include <utility>

namespace sillok {

nlohmann::ordered_json json_of(const std::vector<BackupDamage>& damages) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& damage : damages) {
        auto numbers = nlohmann::ordered_json::array();
        for (const auto number : damage.numbers) numbers.push_back(number.value);
        nlohmann::ordered_json one{{"backups", std::move(numbers)}};
        if (!damage.file.empty()) one["file"] = damage.file;
        one["what"] = damage.what;
        all.push_back(std::move(one));
    }
    return all;
}

std::string text_of(const BackupDamage& damage) {
    std::string text = damage.numbers.size() == 1 ? "backup " : "backups ";
    for (const auto number : damage.numbers)
        text += (number == damage.numbers.front() ? "" : ", ") + std::to_string(number.value);
    return text + ": " + damage.file + (damage.file.empty() ? "" : " ") + damage.what;
}

}  // namespace sillok
