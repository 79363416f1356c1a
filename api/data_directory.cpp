#include "api/data_directory.hpp"

#include "eventstore/base/parse_number.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

fs::path draft_in(const fs::path& path) { return path / "FORMAT.new"; }

std::optional<std::string> write_draft(const fs::path& path) {
    const auto draft = draft_in(path);
    {
        std::ofstream file{draft};
        file << format_prefix << format << '\n';
        if (!file.flush()) return draft.string() + " cannot be written: " + reason();
    }
    return sync_path(draft, O_RDONLY);
}

// Puts FORMAT in its place, and makes it and the directory durable. From here on the directory can be opened.
std::optional<std::string> finish(const fs::path& path) {
    std::error_code error;
    fs::rename(draft_in(path), path / "FORMAT", error);
    if (error) return draft_in(path).string() + " cannot be renamed: " + error.message();
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

// What file systems and desktops leave in a directory of their own accord.
bool is_of_others(const fs::path& name) { return name == "lost+found" || name.string().starts_with('.'); }

// What an interrupted set-up leaves. A log without ".partial" is one only beside the draft of FORMAT.
bool is_leftover(const fs::path& entry) {
    const auto name = entry.filename();
    std::error_code error;
    return name == "LOCK" || name == "FORMAT.new" || name == "ROOM" || name.extension() == ".partial" ||
           (name == "log" && fs::exists(draft_in(entry.parent_path()), error));
}

bool is_new(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return true;
    for (const auto& entry : fs::directory_iterator{path, error})
        if (!is_leftover(entry.path()) && !is_of_others(entry.path().filename())) return false;
    return !error;
}

// The first error is the one to report, so there is none here.
void remove_ours(const fs::path& path, const std::function<bool(const fs::path& name)>& except) {
    std::error_code ignored;
    std::vector<fs::path> ours;
    for (const auto& entry : fs::directory_iterator{path, ignored})
        if (const auto name = entry.path().filename(); !is_of_others(name) && !except(name))
            ours.push_back(entry.path());
    for (const auto& each : ours) fs::remove_all(each, ignored);
}

// The lock of a directory that is new, without what an interrupted set-up has left there.
std::expected<DirectoryLock, std::string> take_new(const fs::path& path, DirectoryInTheMaking& making) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return std::unexpected(path.string() + " cannot be created: " + error.message());
    auto lock = DirectoryLock::take(path, DirectoryLock::Purpose::write);
    if (lock)
        remove_ours(path, [](const fs::path& name) { return name == "LOCK"; });
    else if (fs::exists(path / "LOCK", error))
        making.keep();  // another process is making one here
    return lock;
}

}  // namespace

bool lies_inside(const fs::path& path, const fs::path& directory) {
    std::error_code error;
    const auto plain = [&](const fs::path& any) {
        auto whole = fs::weakly_canonical(fs::absolute(any, error), error);
        return whole.has_filename() ? whole : whole.parent_path();  // without a slash at its end
    };
    const auto outer = plain(directory);
    const auto inner = plain(path);
    return !error && std::ranges::mismatch(outer, inner).in1 == outer.end();
}

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
    remove_ours(path_, [](const fs::path&) { return false; });
    std::error_code ignored;
    for (const auto& made : absent_) fs::remove(made, ignored);  // only if nothing else is in it
}

std::expected<DataDirectory, std::string> DataDirectory::open(const fs::path& path, Mode mode) {
    if (auto problem = dangling_link(path)) return std::unexpected(*std::move(problem));
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_directory(path, error))
        return std::unexpected(path.string() + " is not a directory");
    if (!is_new(path)) {
        if (auto problem = check_format(path)) return std::unexpected(*std::move(problem));
        using enum DirectoryLock::Purpose;
        auto lock = DirectoryLock::take(path, mode == Mode::read_only ? read : write);
        if (!lock) return std::unexpected(lock.error());
        return DataDirectory{path, *std::move(lock)};
    }
    if (mode != Mode::create) return std::unexpected("there is no Sillok data directory at " + path.string());
    DirectoryInTheMaking making{path};
    auto lock = take_new(path, making);
    if (!lock) return std::unexpected(lock.error());
    if (auto problem = write_draft(path)) return std::unexpected(*std::move(problem));
    if (auto problem = finish(path)) return std::unexpected(*std::move(problem));
    making.keep();
    return DataDirectory{path, *std::move(lock)};
}

std::expected<DataDirectory, std::string> DataDirectory::make(const fs::path& path, const Fill& fill) {
    if (auto problem = dangling_link(path)) return std::unexpected(*std::move(problem));
    if (!can_be_made(path)) return std::unexpected(path.string() + " is not an empty directory");
    std::error_code error;
    DirectoryInTheMaking making{path};
    auto lock = take_new(path, making);
    if (!lock) return std::unexpected(lock.error());
    DataDirectory directory{path, *std::move(lock)};
    if (auto room = directory.check_room(); !room) return std::unexpected(room.error());
    const auto unfinished = path / "log.partial";
    if (auto filled = fill(unfinished); !filled) return std::unexpected(filled.error());
    if (auto problem = write_draft(path)) return std::unexpected(*std::move(problem));
    fs::rename(unfinished, directory.log(), error);
    if (error) return std::unexpected(unfinished.string() + " cannot be renamed: " + error.message());
    if (auto problem = sync_all(path)) return std::unexpected(*std::move(problem));
    if (auto problem = finish(path)) return std::unexpected(*std::move(problem));
    making.keep();
    return directory;
}

bool DataDirectory::can_be_made(const fs::path& path) {
    std::error_code error;
    return !fs::exists(path, error) || (fs::is_directory(path, error) && is_new(path));
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
    std::error_code unknown;
    const auto room = fs::space(path_, unknown);
    const auto left = unknown ? std::string{} : std::to_string(room.available) + " bytes are free, ";
    return std::unexpected("there is no room in " + path_.string() + ": " + left + std::to_string(bytes) +
                           " are needed: " + std::error_code{failed, std::generic_category()}.message());
}

namespace {

bool is_usable(const fs::path& path) {
    std::error_code error;
    const int rights = fs::is_directory(path, error) ? R_OK | W_OK | X_OK : R_OK | W_OK;
    return ::access(path.c_str(), rights) == 0 || errno == ENOENT;
}

}  // namespace

std::optional<std::string> lack_of_rights(const fs::path& data) {
    const auto says = [](const fs::path& path) {
        return path.string() + " cannot be read and written by this user: " + reason();
    };
    if (!is_usable(data)) return says(data);
    for (const auto* name : {"FORMAT", "LOCK", "WITNESS", "VERIFIED", "log", "views", "sagas"})
        if (const auto path = data / name; !is_usable(path)) return says(path);
    std::error_code error;
    for (const auto* folder : {"log", "views", "sagas"})
        for (const auto& entry : fs::directory_iterator{data / folder, error})
            if (!is_usable(entry.path())) return says(entry.path());
    return std::nullopt;
}

}  // namespace sillok
