#include "tools/import/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

namespace fs = std::filesystem;

ssize_t write_packed(void* file, const char* bytes, std::size_t count) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    return gzwrite(static_cast<gzFile>(file), bytes, static_cast<unsigned>(std::min(count, most)));
}

int close_packed(void* file) { return gzclose(static_cast<gzFile>(file)) == Z_OK ? 0 : EOF; }

// What is written to the returned file is packed and goes to the descriptor.
std::FILE* packing(int descriptor) {
    gzFile packed = gzdopen(descriptor, "wb");
    if (packed == nullptr) return nullptr;
    return fopencookie(packed, "wb", {.read = nullptr, .write = write_packed, .seek = nullptr, .close = close_packed});
}

bool is_device_or_pipe(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

}  // namespace

OutputFile::OutputFile(fs::path path, IfThere if_there) : path_(std::move(path)), if_there_(if_there) {
    if (path_ == "-")
        file_ = stdout;
    else
        open();
}

void OutputFile::open() {
    std::error_code error;
    const bool is_direct = is_device_or_pipe(path_);
    if (!is_direct && fs::exists(fs::symlink_status(path_, error)) &&
        (if_there_ == IfThere::refuse || fs::is_directory(path_, error)))
        refuse("cannot be made", fs::is_directory(path_, error) ? EISDIR : EEXIST);
    written_ = is_direct ? path_ : fs::path{path_.string() + ".partial"};
    const int descriptor = ::open(written_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) refuse("cannot be made", errno);
    file_ = path_.extension() == ".gz" ? packing(descriptor) : fdopen(descriptor, "wb");
    if (file_ != nullptr) return;
    ::close(descriptor);
    refuse("cannot be made", ENOMEM);
}

OutputFile::~OutputFile() {
    if (file_ == nullptr || file_ == stdout) return;
    std::fclose(file_);
    std::error_code error;
    if (written_ != path_) fs::remove(written_, error);
}

void OutputFile::keep() {
    if (file_ == stdout) return;
    errno = 0;
    if (std::fclose(std::exchange(file_, nullptr)) != 0) {
        const int error = errno == 0 ? EIO : errno;
        std::error_code ignored;
        if (written_ != path_) fs::remove(written_, ignored);
        refuse("cannot be written", error);
    }
    if (written_ == path_) return;
    const int descriptor = ::open(written_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!is_synced) refuse("cannot be written", error);
    // Another file may have got the name meanwhile. Not every file system can refuse that by itself.
    if (if_there_ == IfThere::refuse) {
        if (renameat2(AT_FDCWD, written_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return;
        if (errno != EINVAL) refuse("cannot be made", errno);
    }
    if (std::rename(written_.c_str(), path_.c_str()) != 0) refuse("cannot be made", errno);
}

void OutputFile::refuse(const char* what, int error) const {
    const auto* advice = error == EEXIST ? "; choose another path, or replace it with --force" : "";
    throw std::runtime_error(path_.string() + ' ' + what + ": " + std::generic_category().message(error) + advice);
}

}  // namespace sillok
