// The damages of backups as the program prints them; backups are printed as api/backup_json.hpp has them.
#pragma once

#include "api/backup_json.hpp"
#include "eventstore/transfer/backup_check.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sillok {

nlohmann::ordered_json json_of(const std::vector<BackupDamage>& damages);

// "backups 1, 2: shared_checksum/000012_s1_345.sst is missing"
std::string text_of(const BackupDamage& damage);

}  // namespace sillok
