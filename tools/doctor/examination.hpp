// What `sillok doctor` finds: one line for each thing it has looked at, with what to do about it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct Finding {
    enum class Level {
        good,
        note,  // worth knowing; nothing has to be done
        act,   // something has to be done
    };
    Level level = Level::good;
    std::string name;  // "disk"; stable, for programs
    std::string what;
    std::string advice{};  // what to do; where the level is act always
};

using Examination = std::vector<Finding>;

Finding good(std::string name, std::string what);
Finding note(std::string name, std::string what, std::string advice = {});
Finding act(std::string name, std::string what, std::string advice);

[[nodiscard]] bool is_well(const Examination& examination);  // nothing has to be done
nlohmann::ordered_json json_of(const Examination& examination);
std::string table_of(const Examination& examination);

}  // namespace sillok
