#include "tools/simulation/simulated_file_system.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sillok {

namespace {

using rocksdb::IOStatus;

// RocksDB uses "dir/file", "dir//file" and "dir/" for the same path.
std::string tidy(const std::string& path) {
    auto normal = std::filesystem::path{path}.lexically_normal().string();
    if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
    return normal;
}

std::string parent_of(const std::string& path) { return std::filesystem::path{path}.parent_path().string(); }

IOStatus absent(const std::string& path) { return IOStatus::PathNotFound(path, "no such file or directory"); }

// The same sequence every time, without a pattern that goes along with file formats.
std::uint64_t scattered(std::uint64_t number) {
    number = (number ^ (number >> 31)) * 0x7fb5d329728ea185ULL;
    return number ^ (number >> 29);
}

constexpr std::size_t sector_bytes = 512;  // written as a whole or not at all

class Silence final : public rocksdb::Logger {
   public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

}  // namespace

std::string_view name(Operation operation) {
    switch (operation) {
        case Operation::write: return "write";
        case Operation::sync: return "sync";
        case Operation::create: return "create";
        case Operation::rename: return "rename";
        case Operation::remove: return "remove";
        case Operation::truncate: return "truncate";
        case Operation::make_directory: return "make directory";
        case Operation::sync_directory: return "sync directory";
    }
    return "";
}

bool Fault::concerns(Operation operation) const {
    switch (kind) {
        case Kind::none: return false;
        case Kind::torn_write:
        case Kind::bit_flip: return operation == Operation::write;
        case Kind::no_space_once:
        case Kind::no_space:
            return operation == Operation::write || operation == Operation::create ||
                   operation == Operation::make_directory;
        case Kind::stop:
        case Kind::io_error: return true;
    }
    return false;
}

struct SimulatedFileSystem::File {
    std::string bytes;
    std::string durable;         // what a loss of power leaves
    std::size_t never_from = 0;  // these bytes were given to a sync that failed: they stay as they were
    std::size_t never_to = 0;    // where they end; nothing of the kind while both are equal
};

class SimulatedFileSystem::Reader final : public rocksdb::FSSequentialFile, public rocksdb::FSRandomAccessFile {
   public:
    Reader(SimulatedFileSystem& disk, FileHandle file) : disk_(disk), file_(std::move(file)) {}

    Status Read(std::size_t length, const Options& options, rocksdb::Slice* result, char* scratch,
                Debug* debug) override {
        const auto status = Read(at_, length, options, result, scratch, debug);
        if (status.ok()) at_ += result->size();
        return status;
    }
    Status Skip(std::uint64_t length) override {
        at_ += length;
        return Status::OK();
    }
    Status Read(std::uint64_t offset, std::size_t length, const Options&, rocksdb::Slice* result, char* scratch,
                Debug*) const override {
        const MutexLock lock{disk_.mutex_};
        if (disk_.stopped_) return Status::IOError("the machine is off");
        const std::string_view bytes{file_->bytes};
        const auto found = bytes.substr(std::min<std::size_t>(offset, bytes.size()), length);
        std::ranges::copy(found, scratch);
        *result = {scratch, found.size()};
        return Status::OK();
    }
    bool use_direct_io() const override { return false; }
    std::size_t GetRequiredBufferAlignment() const override { return 1; }
    Status InvalidateCache(std::size_t, std::size_t) override { return Status::OK(); }
    rocksdb::Temperature GetTemperature() const override { return rocksdb::Temperature::kUnknown; }

   private:
    SimulatedFileSystem& disk_;
    FileHandle file_;
    std::uint64_t at_ = 0;
};

class SimulatedFileSystem::Appender final : public rocksdb::FSWritableFile {
   public:
    Appender(SimulatedFileSystem& disk, FileHandle file) : disk_(disk), file_(std::move(file)) {}

    using rocksdb::FSWritableFile::Append;
    Status Append(const rocksdb::Slice& bytes, const Options&, Debug*) override {
        MutexLock lock{disk_.mutex_};
        disk_.wait_while_held(lock);
        return disk_.write(*file_, file_->bytes.size(), {bytes.data(), bytes.size()});
    }
    Status Truncate(std::uint64_t size, const Options&, Debug*) override {
        const MutexLock lock{disk_.mutex_};
        if (size == file_->bytes.size()) return Status::OK();
        return disk_.truncate(*file_, size);
    }
    Status Close(const Options&, Debug*) override { return Status::OK(); }
    Status Flush(const Options&, Debug*) override { return Status::OK(); }
    Status Sync(const Options&, Debug*) override {
        const MutexLock lock{disk_.mutex_};
        return disk_.sync(*file_);
    }
    bool IsSyncThreadSafe() const override { return true; }
    std::uint64_t GetFileSize(const Options&, Debug*) override {
        const MutexLock lock{disk_.mutex_};
        return file_->bytes.size();
    }

   private:
    SimulatedFileSystem& disk_;
    FileHandle file_;
};

class SimulatedFileSystem::Overwriter final : public rocksdb::FSRandomRWFile {
   public:
    Overwriter(SimulatedFileSystem& disk, FileHandle file) : disk_(disk), file_(std::move(file)) {}

    Status Write(std::uint64_t offset, const rocksdb::Slice& bytes, const Options&, Debug*) override {
        MutexLock lock{disk_.mutex_};
        disk_.wait_while_held(lock);
        return disk_.write(*file_, offset, {bytes.data(), bytes.size()});
    }
    Status Read(std::uint64_t offset, std::size_t length, const Options& options, rocksdb::Slice* result, char* scratch,
                Debug* debug) const override {
        return Reader{disk_, file_}.Read(offset, length, options, result, scratch, debug);
    }
    Status Flush(const Options&, Debug*) override { return Status::OK(); }
    Status Sync(const Options&, Debug*) override {
        const MutexLock lock{disk_.mutex_};
        return disk_.sync(*file_);
    }
    Status Close(const Options&, Debug*) override { return Status::OK(); }

   private:
    SimulatedFileSystem& disk_;
    FileHandle file_;
};

class SimulatedFileSystem::Directory final : public rocksdb::FSDirectory {
   public:
    Directory(SimulatedFileSystem& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
    Status Fsync(const Options&, Debug*) override {
        const MutexLock lock{disk_.mutex_};
        return disk_.sync_directory(path_);
    }
    Status Close(const Options&, Debug*) override { return Status::OK(); }

   private:
    SimulatedFileSystem& disk_;
    std::string path_;
};

class SimulatedFileSystem::Lock final : public rocksdb::FileLock {
   public:
    explicit Lock(std::string locked) : path(std::move(locked)) {}
    const std::string path;
};

SimulatedFileSystem::SimulatedFileSystem() : directories_{"/"}, durable_directories_{"/"} {}
SimulatedFileSystem::~SimulatedFileSystem() = default;

void SimulatedFileSystem::will_fail(Fault fault) {
    const MutexLock lock{mutex_};
    fault_ = fault;
}

bool SimulatedFileSystem::has_failed() const {
    const MutexLock lock{mutex_};
    return failed_;
}

bool SimulatedFileSystem::is_on() const {
    const MutexLock lock{mutex_};
    return !stopped_;
}

void SimulatedFileSystem::hold() {
    const MutexLock lock{mutex_};
    held_ = true;
}

void SimulatedFileSystem::wait_while_held(MutexLock& lock) {
    somebody_waits_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&]() SILLOK_REQUIRES(mutex_) { return !held_; });
    somebody_waits_ = false;
}

bool SimulatedFileSystem::somebody_waits(std::chrono::milliseconds within) {
    MutexLock lock{mutex_};
    return changed_.wait_for(lock, within, [&]() SILLOK_REQUIRES(mutex_) { return somebody_waits_; });
}

void SimulatedFileSystem::release() {
    const MutexLock lock{mutex_};
    held_ = false;
    changed_.notify_all();
}

std::vector<Operation> SimulatedFileSystem::operations() const {
    const MutexLock lock{mutex_};
    return operations_;
}

SimulatedFileSystem::FileHandle SimulatedFileSystem::renewed(const File& file, Survives survives, bool torn) {
    auto after = std::make_shared<File>(file);
    if (survives == Survives::everything) return after;
    if (torn)
        after->durable = after->bytes;
    else
        after->bytes = after->durable;
    after->never_from = after->never_to = 0;
    return after;
}

void SimulatedFileSystem::reboot(Survives survives) {
    const MutexLock lock{mutex_};
    if (survives == Survives::synced) {
        if (torn_)
            for (const auto& [path, file] : names_)
                if (file == torn_) durable_names_[path] = file;
        names_ = durable_names_;
        directories_ = durable_directories_;
    }
    // New file objects: a handle that is still open writes into an old one, which nobody reads.
    std::map<FileHandle, FileHandle> files;
    for (auto* names : {&names_, &durable_names_}) {
        for (auto& [path, file] : *names) {
            auto& after = files[file];
            if (!after) after = renewed(*file, survives, file == torn_);
            file = after;
        }
    }
    if (survives != Survives::everything) {
        durable_names_ = names_;
        durable_directories_ = directories_;
    }
    locked_.clear();
    fault_ = {};
    torn_.reset();
    stopped_ = false;
}

std::shared_ptr<SimulatedFileSystem> SimulatedFileSystem::after_reboot(Survives survives) const {
    auto other = std::make_shared<SimulatedFileSystem>();
    const MutexLock lock{mutex_};
    {
        const MutexLock other_lock{other->mutex_};
        other->names_ = names_;
        other->durable_names_ = durable_names_;
        other->directories_ = directories_;
        other->durable_directories_ = durable_directories_;
        other->torn_ = torn_;
    }
    other->reboot(survives);
    return other;
}

std::string SimulatedFileSystem::bytes_of(const std::string& path) const {
    const MutexLock lock{mutex_};
    return names_.at(tidy(path))->bytes;
}

void SimulatedFileSystem::overwrite(const std::string& path, std::string bytes) {
    const MutexLock lock{mutex_};
    auto& file = *names_.at(tidy(path));
    file.durable = bytes;
    file.bytes = std::move(bytes);
}

std::vector<std::string> SimulatedFileSystem::files() const {
    const MutexLock lock{mutex_};
    std::vector<std::string> paths;
    for (const auto& [path, file] : names_) paths.push_back(path);
    return paths;
}

// Counts an operation, and fails it if that is what was asked for.
IOStatus SimulatedFileSystem::count(Operation operation) {
    if (stopped_) return Status::IOError("the machine is off");
    operations_.push_back(operation);
    const bool reached =
        fault_.kind == Fault::Kind::no_space ? operations_.size() >= fault_.at : operations_.size() == fault_.at;
    if (!reached || !fault_.concerns(operation)) return Status::OK();
    failed_ = true;
    switch (fault_.kind) {
        case Fault::Kind::none:
        case Fault::Kind::bit_flip: break;
        case Fault::Kind::stop:
        case Fault::Kind::torn_write: stopped_ = true; return Status::IOError("the machine is off");
        case Fault::Kind::io_error: return Status::IOError("input/output error");
        case Fault::Kind::no_space_once:
        case Fault::Kind::no_space: {
            auto status = Status::NoSpace("no space left on device");
            status.SetRetryable(true);  // RocksDB's own file system says so, too
            return status;
        }
    }
    return Status::OK();
}

bool SimulatedFileSystem::now(Fault::Kind kind) const { return fault_.kind == kind && operations_.size() == fault_.at; }

// What is on the disk when the power goes while it writes: of what makes the file longer the first bytes, of what is
// overwritten any of the sectors.
std::string SimulatedFileSystem::torn(const File& file, std::size_t at, std::string_view bytes) const {
    std::string written{bytes};
    if (file.bytes.size() < at + bytes.size()) {
        written.resize(scattered(fault_.at) % (bytes.size() + 1));
        return written;
    }
    for (std::size_t i = 0; i < written.size(); ++i) {
        const auto sector = (at + i) / sector_bytes;
        if (scattered(fault_.at + sector) % 2 == 0) written[i] = file.bytes[at + i];
    }
    return written;
}

IOStatus SimulatedFileSystem::write(File& file, std::size_t at, std::string_view bytes) {
    const bool was_off = stopped_;
    const auto status = count(Operation::write);
    if (was_off) return status;
    std::string written{bytes};
    if (now(Fault::Kind::torn_write)) {
        written = torn(file, at, bytes);
        for (const auto& [path, handle] : names_)
            if (handle.get() == &file) torn_ = handle;
    } else if (!status.ok()) {
        written.resize(now(Fault::Kind::stop) ? 0 : bytes.size() / 2);
    } else if (now(Fault::Kind::bit_flip) && !written.empty()) {
        auto& byte = written[scattered(fault_.at) % written.size()];
        byte = static_cast<char>(byte ^ (1 << fault_.at % 8));
    }
    if (file.bytes.size() < at + written.size()) file.bytes.resize(at + written.size());
    file.bytes.replace(at, written.size(), written);
    return status;
}

IOStatus SimulatedFileSystem::sync(File& file) {
    if (auto status = count(Operation::sync); !status.ok()) {
        if (now(Fault::Kind::io_error)) {
            const auto same = std::ranges::mismatch(file.bytes, file.durable).in1 - file.bytes.begin();
            file.never_from = static_cast<std::size_t>(same);
            file.never_to = file.bytes.size();
        }
        return status;
    }
    const auto before = std::exchange(file.durable, file.bytes);
    for (auto at = file.never_from; at < std::min(file.never_to, file.durable.size()); ++at)
        file.durable[at] = at < before.size() ? before[at] : '\0';
    return Status::OK();
}

IOStatus SimulatedFileSystem::truncate(File& file, std::size_t size) {
    auto status = count(Operation::truncate);
    if (status.ok()) file.bytes.resize(size);
    return status;
}

IOStatus SimulatedFileSystem::create(const std::string& path, FileHandle& created) {
    if (auto status = count(Operation::create); !status.ok()) return status;
    if (!directories_.contains(parent_of(path))) return absent(path);
    created = names_[path] = std::make_shared<File>();
    return Status::OK();
}

IOStatus SimulatedFileSystem::find(const std::string& path, FileHandle& found) const {
    if (stopped_) return Status::IOError("the machine is off");
    const auto file = names_.find(path);
    if (file == names_.end()) return absent(path);
    found = file->second;
    return Status::OK();
}

IOStatus SimulatedFileSystem::sync_directory(const std::string& path) {
    if (auto status = count(Operation::sync_directory); !status.ok()) return status;
    const auto is_in = [&](const std::string& child) { return child != path && parent_of(child) == path; };
    std::erase_if(durable_names_, [&](const auto& entry) { return is_in(entry.first); });
    std::erase_if(durable_directories_, is_in);
    for (const auto& entry : names_)
        if (is_in(entry.first)) durable_names_.insert(entry);
    for (const auto& directory : directories_)
        if (is_in(directory)) durable_directories_.insert(directory);
    return Status::OK();
}

IOStatus SimulatedFileSystem::NewSequentialFile(const std::string& path, const FileOptions&,
                                                std::unique_ptr<rocksdb::FSSequentialFile>* result, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = find(tidy(path), file);
    if (status.ok()) *result = std::make_unique<Reader>(*this, std::move(file));
    return status;
}

IOStatus SimulatedFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions&,
                                                  std::unique_ptr<rocksdb::FSRandomAccessFile>* result, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = find(tidy(path), file);
    if (status.ok()) *result = std::make_unique<Reader>(*this, std::move(file));
    return status;
}

IOStatus SimulatedFileSystem::NewWritableFile(const std::string& path, const FileOptions&,
                                              std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = create(tidy(path), file);
    if (status.ok()) *result = std::make_unique<Appender>(*this, std::move(file));
    return status;
}

IOStatus SimulatedFileSystem::ReopenWritableFile(const std::string& path, const FileOptions&,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = find(tidy(path), file);
    if (status.IsPathNotFound()) status = create(tidy(path), file);
    if (status.ok()) *result = std::make_unique<Appender>(*this, std::move(file));
    return status;
}

IOStatus SimulatedFileSystem::NewRandomRWFile(const std::string& path, const FileOptions&,
                                              std::unique_ptr<rocksdb::FSRandomRWFile>* result, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = find(tidy(path), file);
    if (status.ok()) *result = std::make_unique<Overwriter>(*this, std::move(file));
    return status;
}

IOStatus SimulatedFileSystem::NewDirectory(const std::string& path, const Options&,
                                           std::unique_ptr<rocksdb::FSDirectory>* result, Debug*) {
    const MutexLock lock{mutex_};
    if (stopped_) return Status::IOError("the machine is off");
    if (!directories_.contains(tidy(path))) return absent(path);
    *result = std::make_unique<Directory>(*this, tidy(path));
    return Status::OK();
}

IOStatus SimulatedFileSystem::FileExists(const std::string& path, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    if (stopped_) return Status::IOError("the machine is off");
    return names_.contains(tidy(path)) || directories_.contains(tidy(path)) ? Status::OK() : Status::NotFound(path);
}

IOStatus SimulatedFileSystem::GetChildren(const std::string& path, const Options&, std::vector<std::string>* result,
                                          Debug*) {
    const MutexLock lock{mutex_};
    result->clear();
    if (stopped_) return Status::IOError("the machine is off");
    const auto directory = tidy(path);
    if (!directories_.contains(directory)) return absent(path);
    const auto add = [&](const std::string& child) {
        if (child != directory && parent_of(child) == directory)
            result->push_back(std::filesystem::path{child}.filename().string());
    };
    for (const auto& entry : names_) add(entry.first);
    for (const auto& child : directories_) add(child);
    return Status::OK();
}

IOStatus SimulatedFileSystem::DeleteFile(const std::string& path, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    if (!stopped_ && !names_.contains(tidy(path))) return absent(path);
    auto status = count(Operation::remove);
    if (status.ok()) names_.erase(tidy(path));
    return status;
}

IOStatus SimulatedFileSystem::Truncate(const std::string& path, std::size_t size, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    if (auto status = find(tidy(path), file); !status.ok()) return status;
    return truncate(*file, size);
}

IOStatus SimulatedFileSystem::CreateDir(const std::string& path, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    if (!stopped_ && directories_.contains(tidy(path))) return Status::IOError(path, "it exists");
    if (!stopped_ && !directories_.contains(parent_of(tidy(path)))) return absent(path);
    auto status = count(Operation::make_directory);
    if (status.ok()) directories_.insert(tidy(path));
    return status;
}

IOStatus SimulatedFileSystem::CreateDirIfMissing(const std::string& path, const Options& options, Debug* debug) {
    if (FileExists(path, options, debug).ok()) return Status::OK();
    return CreateDir(path, options, debug);
}

IOStatus SimulatedFileSystem::DeleteDir(const std::string& path, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    if (!stopped_ && !directories_.contains(tidy(path))) return absent(path);
    auto status = count(Operation::remove);
    if (status.ok()) directories_.erase(tidy(path));
    return status;
}

IOStatus SimulatedFileSystem::GetFileSize(const std::string& path, const Options&, std::uint64_t* size, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    auto status = find(tidy(path), file);
    if (status.ok()) *size = file->bytes.size();
    return status;
}

IOStatus SimulatedFileSystem::GetFileModificationTime(const std::string& path, const Options&, std::uint64_t* time,
                                                      Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    *time = 0;
    return find(tidy(path), file);
}

IOStatus SimulatedFileSystem::RenameFile(const std::string& from, const std::string& to, const Options&, Debug*) {
    const MutexLock lock{mutex_};
    FileHandle file;
    if (auto status = find(tidy(from), file); !status.ok()) return status;
    auto status = count(Operation::rename);
    if (!status.ok()) return status;
    names_.erase(tidy(from));
    names_[tidy(to)] = std::move(file);
    return status;
}

IOStatus SimulatedFileSystem::LockFile(const std::string& path, const Options&, rocksdb::FileLock** lock, Debug*) {
    const MutexLock guard{mutex_};
    *lock = nullptr;
    if (stopped_) return Status::IOError("the machine is off");
    if (!locked_.insert(tidy(path)).second) return Status::IOError(path, "it is locked");
    names_.try_emplace(tidy(path), std::make_shared<File>());
    *lock = std::make_unique<Lock>(tidy(path)).release();
    return Status::OK();
}

IOStatus SimulatedFileSystem::UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) {
    const MutexLock guard{mutex_};
    const std::unique_ptr<Lock> held{static_cast<Lock*>(lock)};
    locked_.erase(held->path);
    return Status::OK();
}

IOStatus SimulatedFileSystem::GetTestDirectory(const Options&, std::string* path, Debug*) {
    *path = "/";
    return Status::OK();
}

IOStatus SimulatedFileSystem::NewLogger(const std::string&, const Options&, std::shared_ptr<rocksdb::Logger>* result,
                                        Debug*) {
    *result = std::make_shared<Silence>();
    return Status::OK();
}

IOStatus SimulatedFileSystem::GetAbsolutePath(const std::string& path, const Options&, std::string* result, Debug*) {
    *result = tidy(path);
    return Status::OK();
}

IOStatus SimulatedFileSystem::GetFreeSpace(const std::string&, const Options&, std::uint64_t* bytes, Debug*) {
    const MutexLock lock{mutex_};
    *bytes = fault_.kind == Fault::Kind::no_space && failed_ ? 0 : std::uint64_t{1} << 40;
    return Status::OK();
}

IOStatus SimulatedFileSystem::IsDirectory(const std::string& path, const Options&, bool* result, Debug*) {
    const MutexLock lock{mutex_};
    *result = directories_.contains(tidy(path));
    return Status::OK();
}

}  // namespace sillok
