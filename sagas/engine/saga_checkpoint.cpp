#include "sagas/engine/saga_checkpoint.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "eventstore/base/crc32c.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cereal/types/unordered_set.hpp>

#include <fstream>
#include <iterator>
#include <string_view>

namespace sillok::saga {
namespace {

// The first line of the file. Another layout has another number.
constexpr std::string_view heading = "sillok sagas 1\n";

std::filesystem::path file_in(const std::filesystem::path& directory) { return directory / "checkpoint"; }

std::string checksum(std::string_view bytes) { return to_bytes(crc32c(bytes)); }

// Writes and syncs the file. Returns false if the disk refuses.
bool write_durably(const std::filesystem::path& file, std::string_view bytes) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return false;
    bool written = true;
    while (written && !bytes.empty()) {
        const auto count = ::write(descriptor, bytes.data(), bytes.size());
        written = count > 0;
        if (written) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    written = written && ::fdatasync(descriptor) == 0;
    return ::close(descriptor) == 0 && written;
}

}  // namespace

Checkpoint::Checkpoint(const std::filesystem::path& directory) : file_(file_in(directory)) {
    std::filesystem::create_directories(directory);
}

std::optional<PendingWork> Checkpoint::load() const { return load_from(file_.parent_path()); }

std::optional<PendingWork> Checkpoint::load_from(const std::filesystem::path& directory) {
    std::ifstream stream{file_in(directory), std::ios::binary};
    if (!stream) return std::nullopt;
    const std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
    std::string_view rest = bytes;
    if (!rest.starts_with(heading)) return std::nullopt;
    rest.remove_prefix(heading.size());
    const auto checksum_bytes = checksum({}).size();
    if (rest.size() < checksum_bytes) return std::nullopt;
    const auto content = rest.substr(checksum_bytes);
    PendingWork known;
    if (checksum(content) != rest.substr(0, checksum_bytes) || !from_bytes(content, known)) return std::nullopt;
    return known;
}

bool Checkpoint::save(const PendingWork& known) {
    const auto content = to_bytes(known);
    const auto beside = std::filesystem::path{file_}.concat(".new");
    if (!write_durably(beside, std::string{heading} + checksum(content) + content)) return false;
    std::error_code failed;
    std::filesystem::rename(beside, file_, failed);
    return !failed;
}

}  // namespace sillok::saga
