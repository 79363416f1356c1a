#include "eventstore/storage/rocks_notes.hpp"

#include "eventstore/base/clock.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <system_error>

namespace sillok {

namespace {

constexpr std::size_t line_bytes_max = 4096;
constexpr std::uintmax_t file_bytes_max = 1u << 20;

}  // namespace

NotesFile::~NotesFile() {
    if (file_ >= 0) ::close(file_);
}

void NotesFile::open() {
    std::error_code ignored;
    const auto bytes = std::filesystem::file_size(path_, ignored);
    if (!ignored && bytes >= file_bytes_max) std::filesystem::rename(path_, path_.string() + ".old", ignored);
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

void NotesFile::Logv(const char* format, va_list arguments) {
    std::string text(line_bytes_max, '\0');
    const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (length < 0) return;
    text.resize(std::min(static_cast<std::size_t>(length), text.size() - 1));
    const auto line = rfc3339(SystemClock{}.now()) + ' ' + text + '\n';
    const MutexLock lock{mutex_};
    if (file_ < 0) open();
    if (file_ >= 0) [[maybe_unused]]
        const auto written = ::write(file_, line.data(), line.size());
}

}  // namespace sillok
