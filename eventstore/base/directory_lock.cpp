#include "eventstore/base/directory_lock.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace sillok {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::error_code{error, std::generic_category()}.message(); }

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this host";
}

// Who holds the lock, as that process has written it. Empty if it has not.
std::string holder_in(const fs::path& path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line.starts_with("process ") ? ": " + line : "";
}

// The lock holds without this line, too.
void name_holder(int file) {
    const auto line = "process " + std::to_string(::getpid()) + " on " + host_name() + "\n";
    if (::ftruncate(file, 0) == 0) [[maybe_unused]]
        const auto written = ::pwrite(file, line.data(), line.size(), 0);
}

}  // namespace

std::expected<DirectoryLock, std::string> DirectoryLock::take(const fs::path& directory, Purpose purpose) {
    const auto path = directory / "LOCK";
    int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    bool may_write = file >= 0;
    if (!may_write && purpose != Purpose::write && (errno == EACCES || errno == EPERM || errno == EROFS)) {
        file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0 && errno == ENOENT) return DirectoryLock{-1};
    }
    if (file < 0) return std::unexpected(path.string() + " cannot be opened: " + reason(errno));
    DirectoryLock lock{file};
    const bool alone = may_write && purpose != Purpose::share;
    if (::flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0)
        return std::unexpected(errno == EWOULDBLOCK
                                   ? directory.string() + " is in use by another process" + holder_in(path)
                                   : path.string() + " cannot be locked: " + reason(errno));
    if (may_write) name_holder(file);
    return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

DirectoryLock::~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace sillok
