// Changes a log on disk with the database's own tools, as no writer of the log would.
#pragma once

#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// REQUIRES: nobody has the log open.
inline void tamper(const std::filesystem::path& log, std::string_view family,
                   const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, log.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open({}, log.string(), families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db{opened};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == family) change(*db, *handles[i]);
        REQUIRE(db->DestroyColumnFamilyHandle(handles[i]).ok());
    }
}

}  // namespace sillok
