// Logs on disk, backups of them, and damage to those.
#pragma once

#include "eventstore/transfer/backup.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace sillok {

inline void grow(EventStore& store, int commits, std::string_view payload = "{}") {
    for (int i = 0; i < commits; ++i) {
        const auto stream = "s-" + std::to_string(store.head().value % 7);
        const auto version = store.version_of(stream);
        const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
        REQUIRE(
            store.append_and_wait(by_command(store.head().value + 1, to(stream, expected, {payload, "two", "three"}))));
    }
}

inline const RocksLog& rocks_log(const EventStore& store) { return dynamic_cast<const RocksLog&>(store.storage()); }

inline Backup backed_up(const EventStore& store, const std::filesystem::path& to) {
    const auto backup = back_up(rocks_log(store), to);
    REQUIRE_MESSAGE(backup, backup.error().what);
    return *backup;
}

inline void flip_in_the_middle(const std::filesystem::path& file) {
    std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
    const auto at = static_cast<std::streamoff>(std::filesystem::file_size(file) / 2);
    bytes.seekg(at);
    const int original = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(original ^ 0x04));
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{directory})
        if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
    return files;
}

// The tables of a backup directory, in the order of their names.
inline std::vector<std::filesystem::path> tables_in(const std::filesystem::path& backups) {
    auto tables = files_in(backups / "shared_checksum");
    std::ranges::sort(tables);
    return tables;
}

}  // namespace sillok
