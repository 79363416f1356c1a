// LOCK, the file that keeps a second process out of a data directory or a directory of backups: held with flock(2), and
// says who holds it.
//
// Threads: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace sillok {

class DirectoryLock {
   public:
    enum class Purpose {
        write,
        read,   // also where this user may only read, and on a medium that cannot be written to
        share,  // the same, beside others that share it
    };
    // The error is one sentence for people; it names the process that holds the lock.
    static std::expected<DirectoryLock, std::string> take(const std::filesystem::path& directory, Purpose purpose);

    DirectoryLock(DirectoryLock&& other) noexcept;
    DirectoryLock& operator=(DirectoryLock&& other) noexcept;
    ~DirectoryLock();  // releases it

   private:
    explicit DirectoryLock(int file) : file_(file) {}

    int file_ = -1;  // -1: a medium that nobody can write to, and that has no LOCK
};

}  // namespace sillok
