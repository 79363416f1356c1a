#include "eventstore/storage/wal_files.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

namespace rdb = rocksdb;

constexpr std::uint64_t room_bytes = 256u << 10;
constexpr std::uint64_t small_bytes = room_bytes / 4;  // a larger write may cost a longer sync

class WalFile final : public rdb::FSWritableFile {
   public:
    WalFile(rdb::FileSystem& disk, std::string path, std::unique_ptr<rdb::FSRandomRWFile> file)
        : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}
    ~WalFile() override { Close({}, nullptr).PermitUncheckedError(); }

    using rdb::FSWritableFile::Append;
    rdb::IOStatus Append(const rdb::Slice& data, const rdb::IOOptions& options, rdb::IODebugContext* debug) override {
        if (data.size() <= small_bytes && end_ + data.size() > room_end_)
            if (auto status = make_room(options, debug); !status.ok()) return status;
        auto status = file_->Write(end_, data, options, debug);
        if (status.ok()) end_ += data.size();
        return status;
    }

    rdb::IOStatus Flush(const rdb::IOOptions& options, rdb::IODebugContext* debug) override {
        return file_->Flush(options, debug);
    }
    rdb::IOStatus Sync(const rdb::IOOptions& options, rdb::IODebugContext* debug) override {
        return file_->Sync(options, debug);
    }
    rdb::IOStatus Fsync(const rdb::IOOptions& options, rdb::IODebugContext* debug) override {
        return file_->Fsync(options, debug);
    }
    [[nodiscard]] bool IsSyncThreadSafe() const override { return true; }
    std::uint64_t GetFileSize(const rdb::IOOptions&, rdb::IODebugContext*) override { return end_; }

    rdb::IOStatus Close(const rdb::IOOptions& options, rdb::IODebugContext* debug) override {
        if (!file_) return rdb::IOStatus::OK();
        if (end_ < room_end_) drop_room(options, debug);
        return std::exchange(file_, nullptr)->Close(options, debug);
    }

   private:
    // The data that follow are small enough to fit.
    rdb::IOStatus make_room(const rdb::IOOptions& options, rdb::IODebugContext* debug) {
        static const std::string zeros(room_bytes, '\0');
        const auto begin = std::max(end_, room_end_);
        auto status = file_->Write(begin, zeros, options, debug);
        if (status.ok()) room_end_ = begin + room_bytes;
        return status;
    }

    // A failure is harmless: the file then ends with zeros.
    void drop_room(const rdb::IOOptions& options, rdb::IODebugContext* debug) {
        std::unique_ptr<rdb::FSWritableFile> file;
        auto status = disk_.ReopenWritableFile(path_, {}, &file, debug);
        if (status.ok()) status = file->Truncate(end_, options, debug);
        if (file) file->Close(options, debug).PermitUncheckedError();
        status.PermitUncheckedError();
    }

    rdb::FileSystem& disk_;
    const std::string path_;
    std::unique_ptr<rdb::FSRandomRWFile> file_;  // null once it is closed
    std::uint64_t end_ = 0;                      // of the data
    std::uint64_t room_end_ = 0;                 // of the zeros after them; before end_ where there are none
};

}  // namespace

rdb::IOStatus WalFileSystem::NewWritableFile(const std::string& path, const rdb::FileOptions& options,
                                             std::unique_ptr<rdb::FSWritableFile>* result, rdb::IODebugContext* debug) {
    auto status = FileSystemWrapper::NewWritableFile(path, options, result, debug);
    if (!status.ok() || !path.ends_with(".log")) return status;
    status = std::exchange(*result, nullptr)->Close(options.io_options, debug);
    std::unique_ptr<rdb::FSRandomRWFile> file;
    if (status.ok()) status = NewRandomRWFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<WalFile>(*target(), path, std::move(file));
    return status;
}

}  // namespace sillok
