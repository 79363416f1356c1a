#include "sagas/payment_simulator/ledger_file.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sillok {
namespace {

constexpr std::size_t line_bytes_max = 64u << 10;
constexpr std::size_t read_bytes = 256u << 10;

class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

   private:
    int number_;
};

std::string failure(const std::filesystem::path& file, std::string_view what) {
    return fmt::format("{} {}: {}", file.string(), what, std::strerror(errno));
}

// Applies every whole line. Returns the number of their bytes.
std::expected<std::uint64_t, std::string> read_lines(int descriptor, const std::filesystem::path& file,
                                                     const ApplyOperation& apply) {
    std::string bytes;
    std::uint64_t whole_bytes = 0;
    std::uint64_t number = 0;
    for (;;) {
        const auto kept = bytes.size();
        bytes.resize(kept + read_bytes);
        const auto count = ::read(descriptor, bytes.data() + kept, read_bytes);
        if (count < 0 && errno != EINTR) return std::unexpected(failure(file, "cannot be read"));
        bytes.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        std::string_view rest{bytes};
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            ++number;
            const auto operation = parse_operation(rest.substr(0, end));
            const auto applied = operation ? apply(*operation) : std::unexpected(operation.error());
            if (!applied)
                return std::unexpected(fmt::format("{}, line {}: {}", file.string(), number, applied.error()));
            rest.remove_prefix(end + 1);
            whole_bytes += end + 1;
        }
        if (count == 0) return whole_bytes;
        if (rest.size() > line_bytes_max)
            return std::unexpected(fmt::format("{}, line {}: it is too long", file.string(), number + 1));
        bytes.erase(0, bytes.size() - rest.size());
    }
}

Timestamp last_change(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return {};
    return Timestamp{(std::int64_t{status.st_mtim.tv_sec} * 1'000) + (status.st_mtim.tv_nsec / 1'000'000)};
}

// So that a new file survives a power failure.
void sync_directory_of(const std::filesystem::path& file) {
    const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    const Descriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened.get() >= 0) ::fsync(opened.get());
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::expected<void, std::string> read_ledger_file(const std::filesystem::path& file, const ApplyOperation& apply) {
    const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (opened.get() < 0) return std::unexpected(failure(file, "cannot be opened"));
    if (const auto read = read_lines(opened.get(), file, apply); !read) return std::unexpected(read.error());
    return {};
}

std::expected<std::unique_ptr<LedgerFile>, std::string> LedgerFile::open(const std::filesystem::path& file,
                                                                         const ApplyOperation& apply) {
    Descriptor opened{::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (opened.get() < 0) return std::unexpected(failure(file, "cannot be opened"));
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
        return std::unexpected(fmt::format("{} is in use by another process", file.string()));
    const auto changed = last_change(opened.get());
    bool lacks_times = false;
    const auto whole_bytes = read_lines(opened.get(), file, [&](ProviderOperation operation) {
        if (operation.time == Timestamp{}) {
            operation.time = changed;
            lacks_times = true;
        }
        return apply(operation);
    });
    if (!whole_bytes) return std::unexpected(whole_bytes.error());
    const auto all_bytes = ::lseek(opened.get(), 0, SEEK_END);
    if (all_bytes > static_cast<off_t>(*whole_bytes)) {
        spdlog::warn("{}: the last line is incomplete and is cut off", file.string());
        if (::ftruncate(opened.get(), static_cast<off_t>(*whole_bytes)) != 0)
            return std::unexpected(failure(file, "cannot be cut"));
    }
    // The lines may come from a process that was killed before it could sync them.
    if (::fsync(opened.get()) != 0) return std::unexpected(failure(file, "cannot be synced"));
    sync_directory_of(file);
    auto ledger = std::unique_ptr<LedgerFile>{new LedgerFile{file, opened.release(), changed}};
    if (lacks_times) ledger->forget({});  // the next change of the file says nothing about these lines
    return ledger;
}

LedgerFile::LedgerFile(std::filesystem::path file, int descriptor, Timestamp changed)
    : path_(std::move(file)), changed_(changed), file_(descriptor), writer_([this] { write_changes(); }) {}

LedgerFile::~LedgerFile() {
    close();
    ::close(file_);
}

void LedgerFile::close() {
    if (!writer_.joinable()) return;
    {
        const MutexLock lock{mutex_};
        closing_ = true;
    }
    waits_.notify_one();
    writer_.join();
    written_.close();
}

void LedgerFile::append(const ProviderOperation& operation) {
    const auto line = line_of(operation);
    appended_ = next(appended_);
    {
        const MutexLock lock{mutex_};
        lines_ += line;
        lines_ += '\n';
        lines_until_ = appended_;
    }
    waits_.notify_one();
}

boost::asio::awaitable<bool> LedgerFile::durable() { return written_.reached(appended_); }

void LedgerFile::forget(std::vector<Uuid> keys) {
    {
        const MutexLock lock{mutex_};
        if (!forgotten_) forgotten_.emplace();
        forgotten_->insert(keys.begin(), keys.end());
    }
    waits_.notify_one();
}

void LedgerFile::write_changes() {
    MutexLock lock{mutex_};
    for (;;) {
        waits_.wait(lock, [this]() SILLOK_REQUIRES(mutex_) { return closing_ || forgotten_ || !lines_.empty(); });
        if (lines_.empty() && !forgotten_) return;
        const auto lines = std::exchange(lines_, {});
        const auto until = lines_until_;
        const auto forgotten = std::exchange(forgotten_, std::nullopt);
        lock.unlock();
        if (!lines.empty()) {
            if (!write_lines(lines)) return written_.close();
            written_.advance(until);
        }
        if (forgotten) write_again_without(*forgotten);
        lock.lock();
    }
}

bool LedgerFile::write_lines(std::string_view lines) {
    if (write_all(file_, lines) && ::fdatasync(file_) == 0) return true;
    spdlog::error("{}", failure(path_, "cannot be written"));
    return false;
}

void LedgerFile::write_again_without(const std::unordered_set<Uuid>& forgotten) {
    const std::filesystem::path part{path_.string() + ".part"};
    Descriptor opened{::open(part.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)};
    // Locked before it has the name under which another process looks for it.
    bool is_written = opened.get() >= 0 && ::flock(opened.get(), LOCK_EX | LOCK_NB) == 0;
    std::string lines;
    const auto write_out = [&] {
        is_written = is_written && write_all(opened.get(), lines);
        lines.clear();
    };
    const auto keep = [&](ProviderOperation operation) -> std::expected<void, std::string> {
        if (forgotten.contains(operation.key)) return {};
        if (operation.time == Timestamp{}) operation.time = changed_;
        lines += line_of(operation);
        lines += '\n';
        if (lines.size() >= read_bytes) write_out();
        return {};
    };
    is_written = is_written && ::lseek(file_, 0, SEEK_SET) == 0 && read_lines(file_, path_, keep);
    write_out();
    if (!is_written || ::fdatasync(opened.get()) != 0 || ::rename(part.c_str(), path_.c_str()) != 0) {
        spdlog::warn("{}; {} operations stay in it for now", failure(path_, "cannot be written again"),
                     forgotten.size());
        ::unlink(part.c_str());
        return;
    }
    sync_directory_of(path_);
    ::close(std::exchange(file_, opened.release()));
}

}  // namespace sillok
