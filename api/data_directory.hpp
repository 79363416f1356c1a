// One directory that holds everything Sillok keeps, used by one process at a time.
//
//   FORMAT   "sillok 1": which layout this is; the first thing that is read and the last that a new directory gets
//   VERIFIED how far the log was last found whole (verified_head.hpp; can be thrown away)
//   LOCK     held with flock(2) by the process that uses the directory
//   log/     the log
//   views/   read models          (can be thrown away)
//   sagas/   where the sagas are  (can be thrown away)
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
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

    // Makes a data directory of an absent or empty one, with the log that `fill` writes into the directory that it is
    // given. It is a data directory only once that has succeeded; where it fails everything is removed again.
    using Fill = std::function<std::expected<void, std::string>(const std::filesystem::path& log)>;
    static std::expected<DataDirectory, std::string> make(const std::filesystem::path& path, const Fill& fill);

    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    ~DataDirectory();  // gives the lock back

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path log() const { return path_ / "log"; }
    [[nodiscard]] std::filesystem::path verified() const { return path_ / "VERIFIED"; }
    [[nodiscard]] std::filesystem::path views() const { return path_ / "views"; }
    [[nodiscard]] std::filesystem::path sagas() const { return path_ / "sagas"; }

   private:
    static std::expected<DataDirectory, std::string> lock(const std::filesystem::path& path);
    DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace sillok
