// RocksDB's notes about its own work: a file beside its tables, or nothing.
//
// RocksDB's own writer of that file ends the process when the file cannot be written: in 7.8, built with assertions, a
// full disk is enough. What it has to say is not worth that.
//
// Threads: any.
#pragma once

#include "eventstore/base/mutex.hpp"

#include <rocksdb/env.h>

#include <cstdarg>
#include <filesystem>

namespace sillok {

class NoNotes final : public rocksdb::Logger {
   public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

// Warnings and errors, a line each, in a file that is made with the first one. A file of 1 MiB is renamed, with ".old"
// at its end, before another one is begun. A line that cannot be written is left out.
class NotesFile final : public rocksdb::Logger {
   public:
    explicit NotesFile(std::filesystem::path path)
        : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(std::move(path)) {}
    ~NotesFile() override;

    using rocksdb::Logger::Logv;
    void Logv(const char* format, va_list arguments) override;
    // All options and file names, at each start.
    void LogHeader(const char*, va_list) override {}

   private:
    void open() SILLOK_REQUIRES(mutex_);

    const std::filesystem::path path_;
    Mutex mutex_;
    int file_ SILLOK_GUARDED_BY(mutex_) = -1;
};

}  // namespace sillok
