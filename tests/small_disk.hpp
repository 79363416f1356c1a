// A file system of a few megabytes in memory, to be filled. Only root may mount one; where that is not allowed,
// is_there() is false and the test says that it was left out.
#pragma once

#include "tests/temporary_directory.hpp"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <unistd.h>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace sillok {

class SmallDisk {
   public:
    explicit SmallDisk(std::uint64_t bytes) {
        const auto size = "size=" + std::to_string(bytes);
        is_there_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
    }
    ~SmallDisk() {
        if (is_there_) ::umount2(path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

    [[nodiscard]] std::uint64_t free_bytes() const {
        struct statvfs found{};
        if (::statvfs(path().c_str(), &found) != 0) throw std::runtime_error("statvfs failed");
        return found.f_bavail * found.f_frsize;
    }

    // Fills the disk until at most `bytes` are left.
    void leave(std::uint64_t bytes) const {
        const auto used = free_bytes() > bytes ? free_bytes() - bytes : 0;
        const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file < 0) throw std::runtime_error("the ballast cannot be made");
        const std::string block(64u << 10, 'x');
        for (auto left = used; left > 0;) {
            const auto written = ::write(file, block.data(), left < block.size() ? left : block.size());
            if (written <= 0) break;  // another process was faster
            left -= static_cast<std::uint64_t>(written);
        }
        ::close(file);
    }
    void make_room() const { std::filesystem::remove(ballast()); }

   private:
    [[nodiscard]] std::filesystem::path ballast() const { return path() / "ballast"; }

    TemporaryDirectory directory_;
    bool is_there_ = false;
};

}  // namespace sillok
