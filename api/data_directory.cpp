#include "api/data_directory.hpp"

#include "eventstore/base/parse_number.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

namespace fs = std::filesystem;

constexpr int format = 2;
constexpr std::string_view format_prefix = "sillok ";

std::string reason() { return std::error_code{errno, std::generic_category()}.message(); }

// Returns what is wrong as a sentence, or nothing.
std::optional<std::string> check_format(const fs::path& path) {
    std::ifstream file{path / "FORMAT"};
    std::string line;
    if (!std::getline(file, line))
        return path.string() + " holds no readable FORMAT file, so it is not a Sillok data directory";
    const auto found = line.starts_with(format_prefix)
                           ? parse_number<int>(std::string_view{line}.substr(format_prefix.size()))
                           : std::nullopt;
    if (!found || *found < 1) return "the FORMAT file of " + path.string() + " is damaged";
    if (*found < format)
        return path.string() + " has format " + std::to_string(*found) + ", this program reads " +
               std::to_string(format) + ": it was written before Sillok's first release";
    if (*found > format)
        return path.string() + " has format " + std::to_string(*found) + ", this program reads up to " +
               std::to_string(format) + ": a newer Sillok wrote it";
    return std::nullopt;
}

std::optional<std::string> sync_path(const fs::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    if (file < 0) return path.string() + " cannot be opened: " + reason();
    const bool synced = ::fsync(file) == 0;
    const auto why = reason();
    ::close(file);
    if (!synced) return path.string() + " cannot be synced: " + why;
    return std::nullopt;
}

// Makes the whole file system durable, with all files in the directory, also those that `fill` wrote.
std::optional<std::string> sync_all(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return path.string() + " cannot be opened: " + reason();
    const bool synced = ::syncfs(file) == 0;
    const auto why = reason();
    ::close(file);
    if (!synced) return path.string() + " cannot be synced: " + why;
    return std::nullopt;
}

// Writes FORMAT atomically, and makes it and the directory durable.
std::optional<std::string> set_up(const fs::path& path) {
    const auto draft = path / "FORMAT.new";
    {
        std::ofstream file{draft};
        file << format_prefix << format << '\n';
        if (!file.flush()) return draft.string() + " cannot be written: " + reason();
    }
    if (auto problem = sync_path(draft, O_RDONLY)) return problem;
    std::error_code error;
    fs::rename(draft, path / "FORMAT", error);
    if (error) return draft.string() + " cannot be renamed: " + error.message();
    if (auto problem = sync_path(path, O_RDONLY | O_DIRECTORY)) return problem;
    return sync_path(fs::absolute(path).parent_path(), O_RDONLY | O_DIRECTORY);
}

// A sentence if the path, or a directory above it, is a symbolic link to what does not exist: a disk that is not
// mounted must not be replaced by an empty directory.
std::optional<std::string> dangling_link(const fs::path& path) {
    std::error_code error;
    for (auto at = path; at.has_relative_path(); at = at.parent_path())
        if (fs::is_symlink(fs::symlink_status(at, error)) && !fs::exists(at, error))
            return at.string() + " is a symbolic link to " + fs::read_symlink(at, error).string() +
                   ", which does not exist; mount or make that directory, or choose another path";
    return std::nullopt;
}

bool is_new(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return true;
    // An interrupted set-up leaves the lock, and perhaps the draft.
    if (fs::exists(path / "FORMAT", error)) return false;
    for (const auto& entry : fs::directory_iterator{path, error})
        if (entry.path().filename() != "LOCK" && entry.path().filename() != "FORMAT.new") return false;
    return !error;
}

}  // namespace

DirectoryInTheMaking::DirectoryInTheMaking(fs::path path) : path_(std::move(path)), is_new_(sillok::is_new(path_)) {
    std::error_code error;
    const auto is_absent = [&](const fs::path& at) {
        return fs::symlink_status(at, error).type() == fs::file_type::not_found;  // sets error, which is no error here
    };
    for (auto at = fs::absolute(path_, error).lexically_normal(); is_absent(at);) {
        if (at.has_filename()) absent_.push_back(at);
        if (!at.has_relative_path()) break;
        at = at.parent_path();
    }
}

DirectoryInTheMaking::~DirectoryInTheMaking() {
    if (!is_new_) return;
    std::error_code ignored;  // the first error is the one to report
    for (const auto& entry : fs::directory_iterator{path_, ignored}) fs::remove_all(entry.path(), ignored);
    for (const auto& made : absent_) fs::remove(made, ignored);  // only if nothing else is in it
}

std::expected<DataDirectory, std::string> DataDirectory::open(const fs::path& path, Mode mode) {
    if (auto problem = dangling_link(path)) return std::unexpected(*std::move(problem));
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_directory(path, error))
        return std::unexpected(path.string() + " is not a directory");
    DirectoryInTheMaking making{path};
    const bool is_to_be_made = making.is_new();
    if (is_to_be_made && mode == Mode::existing) {
        making.keep();
        return std::unexpected("there is no Sillok data directory at " + path.string());
    }
    if (is_to_be_made) {
        fs::create_directories(path, error);
        if (error) return std::unexpected(path.string() + " cannot be created: " + error.message());
    } else if (auto problem = check_format(path)) {
        return std::unexpected(*std::move(problem));
    }
    auto directory = lock(path);
    if (!directory) {
        if (fs::exists(path / "LOCK", error)) making.keep();  // another process is making one here
        return directory;
    }
    if (is_to_be_made)
        if (auto problem = set_up(path)) return std::unexpected(*std::move(problem));
    making.keep();
    return directory;
}

std::expected<DataDirectory, std::string> DataDirectory::make(const fs::path& path, const Fill& fill) {
    if (auto problem = dangling_link(path)) return std::unexpected(*std::move(problem));
    std::error_code error;
    const bool was_there = fs::exists(path, error);
    if (was_there && !(fs::is_directory(path, error) && fs::is_empty(path, error)))
        return std::unexpected(path.string() + " is not an empty directory");
    DirectoryInTheMaking making{path};
    fs::create_directories(path, error);
    if (error) return std::unexpected(path.string() + " cannot be created: " + error.message());
    auto directory = lock(path);
    if (!directory) {
        if (fs::exists(path / "LOCK", error)) making.keep();  // another process is making one here
        return directory;
    }
    if (auto room = directory->check_room(); !room) return std::unexpected(room.error());
    if (auto filled = fill(directory->log()); !filled) return std::unexpected(filled.error());
    if (auto problem = sync_all(path)) return std::unexpected(*std::move(problem));
    if (auto problem = set_up(path)) return std::unexpected(*std::move(problem));
    making.keep();
    return directory;
}

std::expected<void, std::string> DataDirectory::check_room() const {
    constexpr off_t bytes = 4 << 20;
    const auto probe = path_ / "ROOM";
    const int file = ::open(probe.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return std::unexpected(path_.string() + " cannot be written to: " + reason());
    const int failed = ::posix_fallocate(file, 0, bytes);
    ::close(file);
    ::unlink(probe.c_str());
    if (failed == 0) return {};
    return std::unexpected("there is no room in " + path_.string() + ": " +
                           std::error_code{failed, std::generic_category()}.message());
}

std::expected<DataDirectory, std::string> DataDirectory::lock(const fs::path& path) {
    const auto lock_path = path / "LOCK";
    const int file = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return std::unexpected(lock_path.string() + " cannot be opened: " + reason());
    DataDirectory directory{path, file};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        const bool taken = errno == EWOULDBLOCK;
        return std::unexpected(taken ? path.string() + " is in use by another process"
                                     : lock_path.string() + " cannot be locked: " + reason());
    }
    return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

}  // namespace sillok
