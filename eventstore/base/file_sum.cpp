#include "eventstore/base/file_sum.hpp"

#include "eventstore/base/crc32c.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace sillok {

namespace {

constexpr std::size_t piece_bytes = 256u << 10;

class OpenFile {
   public:
    explicit OpenFile(const std::filesystem::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~OpenFile() {
        if (file_ >= 0) ::close(file_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[nodiscard]] int number() const { return file_; }

   private:
    int file_;
};

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

std::expected<FileSum, std::error_code> sum_of_file(const std::filesystem::path& file,
                                                    const std::function<bool(std::string_view)>& see) {
    const OpenFile opened{file};
    if (opened.number() < 0) return std::unexpected(last_error());
    ::posix_fadvise(opened.number(), 0, 0, POSIX_FADV_DONTNEED);
    ::posix_fadvise(opened.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    std::vector<char> buffer(piece_bytes);
    FileSum sum;
    while (true) {
        const auto count = ::read(opened.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected(last_error());
        if (count == 0) return sum;
        const std::string_view piece{buffer.data(), static_cast<std::size_t>(count)};
        sum.bytes += piece.size();
        sum.crc32c = crc32c(piece, sum.crc32c);
        if (!see || see(piece)) continue;
        sum.whole = false;
        return sum;
    }
}

}  // namespace sillok
