// The directory that holds all data of Sillok. One process at a time uses it.
//
//   FORMAT   "sillok 2": the version of the layout. Read first, and written last when a directory is set up.
//   WITNESS  which log is kept here, and up to where it is known (witness_file.hpp)
//   VERIFIED the position up to which the log was last verified (verified_head.hpp; may be deleted)
//   LOCK     held by the process that uses the directory (directory_lock.hpp)
//   log/     the log
//   views/   read models       (may be deleted)
//   sagas/   saga checkpoints  (may be deleted)
//
// While a directory is made, what is unfinished has a name that ends in ".partial". If the process dies, the next one
// that makes a directory there removes it. lost+found and hidden files belong to others: they are left alone.
#pragma once

#include "eventstore/base/directory_lock.hpp"

#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sillok {

class DataDirectory {
   public:
    enum class Mode {
        create,     // sets up a missing or empty directory
        existing,   // a missing directory is an error
        read_only,  // the same, and nothing is written: also for a user or on a medium that cannot
    };
    // Takes the lock. The error is one sentence; nothing has been changed then.
    static std::expected<DataDirectory, std::string> open(const std::filesystem::path& path, Mode mode);

    // Whether there is room to write at all. Without any, RocksDB would end the process instead of saying so.
    [[nodiscard]] std::expected<void, std::string> check_room() const;

    // Makes a data directory out of a missing or empty one. `fill` writes the log into the directory that it gets, and
    // has closed it when it returns. What it makes beside that has a name that ends in ".partial".
    // If `fill` fails, all files are removed again. Until it succeeds, the directory cannot be opened.
    using Fill = std::function<std::expected<void, std::string>(const std::filesystem::path& log)>;
    static std::expected<DataDirectory, std::string> make(const std::filesystem::path& path, const Fill& fill);
    // Whether make() would find the path missing or empty.
    [[nodiscard]] static bool can_be_made(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path log() const { return path_ / "log"; }
    [[nodiscard]] std::filesystem::path witness() const { return path_ / "WITNESS"; }
    [[nodiscard]] std::filesystem::path verified() const { return path_ / "VERIFIED"; }
    [[nodiscard]] std::filesystem::path views() const { return path_ / "views"; }
    [[nodiscard]] std::filesystem::path sagas() const { return path_ / "sagas"; }

   private:
    DataDirectory(std::filesystem::path path, DirectoryLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    DirectoryLock lock_;  // held as long as this object lives
};

// The first file of a data directory that this user may not read and write, as a sentence; nothing if there is none.
std::optional<std::string> lack_of_rights(const std::filesystem::path& data);

// Whether a path is this directory or lies below it, wherever symbolic links lead.
bool lies_inside(const std::filesystem::path& path, const std::filesystem::path& directory);

// While a data directory is made: unless it is kept, the destructor removes everything that was made since, also parent
// directories. What was there before stays: nothing is removed where the path held something.
class DirectoryInTheMaking {
   public:
    explicit DirectoryInTheMaking(std::filesystem::path path);
    ~DirectoryInTheMaking();
    DirectoryInTheMaking(const DirectoryInTheMaking&) = delete;
    DirectoryInTheMaking& operator=(const DirectoryInTheMaking&) = delete;

    // Whether the path held nothing of anybody's: it was absent or empty, or an interrupted set-up left it.
    [[nodiscard]] bool is_new() const { return is_new_; }
    void keep() { is_new_ = false; }

   private:
    std::filesystem::path path_;
    bool is_new_;
    std::vector<std::filesystem::path> absent_;  // the path and its parents, innermost first
};

}  // namespace sillok
