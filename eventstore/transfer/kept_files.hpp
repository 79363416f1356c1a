// A file system that deletes everything but some files: RocksDB's backup engine clears away the files of backups that
// it finds damaged, although a damaged backup may be mended as long as its other files are there.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace sillok::backups {

// What is not to be deleted: files and directories below the directory of backups.
using KeptFiles = std::set<std::string>;

// The files of the backups to which one is missing.
KeptFiles files_of_damaged(const std::filesystem::path& directory);

// The machine's disk, on which these files stay.
std::unique_ptr<rocksdb::Env> disk_that_keeps(const std::filesystem::path& directory, KeptFiles files);

}  // namespace sillok::backups
