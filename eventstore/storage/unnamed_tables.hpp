// Table files that the database does not name, in its directory.
//
// A crash leaves some: what a flush or a merge had not finished, and what a finished merge had not removed yet. Their
// entries are in other tables or in the write-ahead log, too. Where they are not, the MANIFEST has lost its end, or is
// an older copy; RocksDB accepts it, and deletes these tables as soon as it opens the directory for writing.
//
// Threads: as rocksdb::DB.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sillok {

// One sentence where an entry of such a table is missing in its column. Looks at the first key of each, at the last,
// and at every thousandth between them. `columns`: those whose entries are never deleted.
// REQUIRES: the database was opened for reading, so that it has deleted nothing.
std::optional<std::string> problem_of_unnamed_tables(rocksdb::DB& database,
                                                     std::span<rocksdb::ColumnFamilyHandle* const> columns,
                                                     const std::filesystem::path& directory);

}  // namespace sillok
