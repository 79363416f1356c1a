// A backup as JSON: the same members in the server's responses and in what the program prints.
#pragma once

#include "eventstore/transfer/backup.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace sillok {

nlohmann::ordered_json json_of(const Backup& backup);
// Of one that back_up() has just made there: also what it removed and replaced, and its remark.
nlohmann::ordered_json made_json(const Backup& backup, const std::string& directory);

}  // namespace sillok
