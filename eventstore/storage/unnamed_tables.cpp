#include "eventstore/storage/unnamed_tables.hpp"

#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

namespace sillok {

namespace {

namespace rdb = rocksdb;

constexpr std::uint64_t keys_apart = 1'000;

std::set<std::string> named_tables(rdb::DB& database) {
    std::vector<rdb::LiveFileMetaData> tables;
    database.GetLiveFilesMetaData(&tables);
    std::set<std::string> names;
    for (const auto& table : tables) names.insert(std::filesystem::path{table.name}.filename().string());
    return names;
}

bool is_there(rdb::DB& database, rdb::ColumnFamilyHandle& column, const rdb::Slice& key) {
    rdb::PinnableSlice value;
    return !database.Get({}, &column, key, &value).IsNotFound();
}

// A table without its end was being written in a crash: the write-ahead log has what is in it.
bool has_all_of(rdb::DB& database, std::span<rdb::ColumnFamilyHandle* const> columns, const std::string& table) {
    rdb::Options options;
    options.env = database.GetEnv();
    rdb::SstFileReader reader{options};
    if (!reader.Open(table).ok()) return true;
    const auto properties = reader.GetTableProperties();
    const auto column =
        std::ranges::find(columns, properties->column_family_name, [](const auto* one) { return one->GetName(); });
    if (column == columns.end()) return true;
    const std::unique_ptr<rdb::Iterator> entries{reader.NewIterator({})};
    std::uint64_t count = 0;
    std::string last;
    for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
        last.assign(entries->key().data(), entries->key().size());
        if (count++ % keys_apart == 0 && !is_there(database, **column, last)) return false;
    }
    entries->status().PermitUncheckedError();  // unfinished, as above
    return count == 0 || is_there(database, **column, last);
}

}  // namespace

std::optional<std::string> problem_of_unnamed_tables(rdb::DB& database,
                                                     std::span<rdb::ColumnFamilyHandle* const> columns,
                                                     const std::filesystem::path& directory) {
    const auto named = named_tables(database);
    std::vector<std::string> files;
    database.GetEnv()->GetChildren(directory.string(), &files).PermitUncheckedError();
    for (const auto& file : files) {
        if (!file.ends_with(".sst") || named.contains(file)) continue;
        if (!has_all_of(database, columns, (directory / file).string()))
            return "its MANIFEST does not name " + file + ", which has entries that are nowhere else";
    }
    return std::nullopt;
}

}  // namespace sillok
