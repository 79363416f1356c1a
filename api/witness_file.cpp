#include "api/witness_file.hpp"

#include "eventstore/base/crc32c.hpp"
#include "eventstore/base/hash.hpp"
#include "eventstore/base/parse_number.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

namespace sillok {
namespace {

constexpr std::size_t line_bytes = 256;
constexpr std::string_view heading = "sillok-witness-1";

struct Line {
    std::uint64_t count = 0;
    KnownEnd end;
};

std::string last_error() { return std::error_code{errno, std::generic_category()}.message(); }

std::string text_of(const Line& line) {
    const auto said = fmt::format("{} count={} log={} epoch={} position={} chain={} stopped={}", heading, line.count,
                                  line.end.log_id.text(), line.end.epoch.value, line.end.position.value,
                                  hex(line.end.chain_hash), line.end.stopped ? 1 : 0);
    auto text = fmt::format("{} crc={:08x}", said, crc32c(said));
    text.resize(line_bytes - 1, ' ');
    return text + '\n';
}

// Takes " NAME=VALUE" from the front of the text.
std::optional<std::string_view> take(std::string_view& text, std::string_view name) {
    if (!text.starts_with(' ') || !text.substr(1).starts_with(name)) return std::nullopt;
    text.remove_prefix(1 + name.size());
    if (!text.starts_with('=')) return std::nullopt;
    const auto value = text.substr(1, text.find(' ', 1) - 1);
    text.remove_prefix(1 + value.size());
    return value;
}

template <class Number>
std::optional<Number> take_number(std::string_view& text, std::string_view name) {
    const auto value = take(text, name);
    return value ? parse_number<Number>(*value) : std::nullopt;
}

std::optional<Line> parse(std::string_view text) {
    const auto checked = text.substr(0, text.rfind(" crc="));
    if (checked.size() == text.size() || text.substr(checked.size() + 5, 8) != fmt::format("{:08x}", crc32c(checked)))
        return std::nullopt;
    if (!text.starts_with(heading)) return std::nullopt;
    text.remove_prefix(heading.size());
    const auto count = take_number<std::uint64_t>(text, "count");
    const auto log = take(text, "log");
    const auto epoch = take_number<std::uint64_t>(text, "epoch");
    const auto position = take_number<std::uint64_t>(text, "position");
    const auto chain = take(text, "chain");
    const auto stopped = take_number<unsigned>(text, "stopped");
    if (!count || !log || !epoch || !position || !chain || !stopped) return std::nullopt;
    const auto id = Uuid::parse(*log);
    const auto hash = parse_hash(*chain);
    if (!id || !hash) return std::nullopt;
    return Line{*count, {*id, Epoch{*epoch}, Position{*position}, *hash, *stopped != 0}};
}

// The later line that can be read.
std::optional<Line> last_line(std::string_view bytes) {
    std::optional<Line> last;
    for (std::size_t at = 0; at < bytes.size() && at < 2 * line_bytes; at += line_bytes)
        if (auto line = parse(bytes.substr(at, line_bytes)); line && (!last || last->count < line->count)) last = line;
    return last;
}

std::expected<std::optional<Line>, std::string> read_line(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::nullopt;
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::unexpected(path.string() + " cannot be read: " + last_error());
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (auto line = last_line(bytes)) return line;
    return std::unexpected(path.string() + " is damaged: it says nothing about the log any more");
}

}  // namespace

std::expected<std::optional<KnownEnd>, std::string> WitnessFile::read(const std::filesystem::path& path) {
    const auto line = read_line(path);
    if (!line) return std::unexpected(line.error());
    if (!*line) return std::nullopt;
    return (*line)->end;
}

std::expected<WitnessFile, std::string> WitnessFile::open(const std::filesystem::path& path) {
    const auto line = read_line(path);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return std::unexpected(path.string() + " cannot be opened: " + last_error());
    return WitnessFile{path, file, line && *line ? (*line)->count : 0};
}

WitnessFile::WitnessFile(WitnessFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), count_(other.count_) {}

WitnessFile& WitnessFile::operator=(WitnessFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(count_, other.count_);
    return *this;
}

WitnessFile::~WitnessFile() {
    if (file_ >= 0) ::close(file_);
}

std::expected<void, std::string> WitnessFile::write(const KnownEnd& end, Sync sync) {
    const auto text = text_of({count_ + 1, end});
    const auto at = static_cast<off_t>((count_ + 1) % 2 * line_bytes);
    if (::pwrite(file_, text.data(), text.size(), at) != std::ssize(text) || (sync == Sync::yes && ::fsync(file_) != 0))
        return std::unexpected(path_.string() + " cannot be written: " + last_error());
    ++count_;
    return {};
}

}  // namespace sillok
