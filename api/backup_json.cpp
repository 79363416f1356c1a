#include "api/backup_json.hpp"

#include "eventstore/base/rfc3339.hpp"

namespace sillok {

nlohmann::ordered_json json_of(const Backup& backup) {
    return {{"backup", backup.number.value},
            {"time", rfc3339(backup.time)},
            {"head", backup.head.position.value},
            {"chainHash", hex(backup.head.chain_hash)},
            {"logId", backup.log.log_id.text()},
            {"epoch", backup.log.epoch().value},
            {"bytes", backup.bytes},
            {"bytesCopied", backup.bytes_copied}};
}

nlohmann::ordered_json made_json(const Backup& backup, const std::string& directory) {
    auto json = json_of(backup);
    json["removed"] = backup.removed;
    json["replaced"] = backup.replaced;
    json["directory"] = directory;
    if (!backup.remark.empty()) json["remark"] = backup.remark;
    return json;
}

}  // namespace sillok
