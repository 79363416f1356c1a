// One directory that holds everything Sillok keeps, used by one process at a time.
//
//   FORMAT   "sillok 1": which layout this is; the first thing that is read and the last that a new directory gets
//   LOCK     held with flock(2) by the process that uses the directory
//   log/     the log
//   views/   read models          (can be thrown away)
//   sagas/   where the sagas are  (can be thrown away)
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace sillok {

class DataDirectory {
   public:
    enum class Mode {
        create,    // a missing or empty directory is set up
        existing,  // a missing directory is an error
    };
    // Takes the lock. The error is one sentence for people; the directory has not been touched then.
    static std::expected<DataDirectory, std::string> open(const std::filesystem::path& path, Mode mode);

    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    ~DataDirectory();  // gives the lock back

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path log() const { return path_ / "log"; }
    [[nodiscard]] std::filesystem::path views() const { return path_ / "views"; }
    [[nodiscard]] std::filesystem::path sagas() const { return path_ / "sagas"; }

   private:
    DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace sillok
