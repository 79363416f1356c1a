#include "eventstore/transfer/backup_notes.hpp"

#include "eventstore/base/parse_number.hpp"

#include <algorithm>
#include <fstream>
#include <ranges>
#include <system_error>

namespace sillok::backups {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view table_suffix = ".sst";
constexpr std::string_view checksum_mark = "crc32";

std::vector<std::string_view> words_in(std::string_view line) {
    std::vector<std::string_view> words;
    for (const auto word : std::views::split(line, ' ')) words.emplace_back(word);
    return words;
}

// "shared_checksum/000012_sABC_3456.sst" has 3456 bytes.
std::optional<std::uint64_t> bytes_in_name(std::string_view path) {
    if (!path.ends_with(table_suffix)) return std::nullopt;
    path.remove_suffix(table_suffix.size());
    const auto last = path.rfind('_');
    if (last == std::string_view::npos) return std::nullopt;
    return parse_number<std::uint64_t>(path.substr(last + 1));
}

bool lies_below(std::string_view path) {
    return (path.starts_with("shared_checksum/") || path.starts_with("shared/") || path.starts_with("private/")) &&
           path.find("..") == std::string_view::npos;
}

std::optional<NotedFile> file_in(std::string_view line) {
    const auto words = words_in(line);
    if (words.size() != 3 || words[1] != checksum_mark || !lies_below(words[0])) return std::nullopt;
    const auto sum = parse_number<std::uint32_t>(words[2]);
    if (!sum) return std::nullopt;
    return NotedFile{.path = std::string{words[0]}, .crc32c = *sum, .bytes = bytes_in_name(words[0])};
}

}  // namespace

std::vector<std::uint32_t> noted_numbers(const fs::path& directory) {
    std::vector<std::uint32_t> numbers;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{directory / "meta", error})
        if (const auto number = parse_number<std::uint32_t>(entry.path().filename().string()); number && *number > 0)
            numbers.push_back(*number);
    std::ranges::sort(numbers);
    return numbers;
}

std::expected<std::vector<NotedFile>, std::string> noted_files(const fs::path& directory, std::uint32_t number) {
    std::ifstream notes{directory / "meta" / std::to_string(number)};
    std::string line;
    const auto read_number = [&]() -> std::optional<std::uint64_t> {
        if (!std::getline(notes, line)) return std::nullopt;
        return parse_number<std::uint64_t>(line);
    };
    const auto damaged = std::unexpected(std::string{"its notes cannot be read"});
    if (!read_number() || !read_number()) return damaged;  // the time, and the database's sequence number
    if (!std::getline(notes, line)) return damaged;
    if (line.starts_with("metadata ") && !std::getline(notes, line)) return damaged;
    const auto count = parse_number<std::uint32_t>(line);
    if (!count) return damaged;
    std::vector<NotedFile> files;
    while (std::getline(notes, line)) {
        auto file = file_in(line);
        if (!file) return damaged;
        files.push_back(*std::move(file));
    }
    if (files.size() != *count) return damaged;
    return files;
}

std::optional<std::uint64_t> table_number(std::string_view path) {
    constexpr std::string_view folder = "shared_checksum/";
    if (!path.starts_with(folder) || !path.ends_with(table_suffix)) return std::nullopt;
    path.remove_prefix(folder.size());
    return parse_number<std::uint64_t>(path.substr(0, path.find('_')));
}

std::optional<std::string> flaw_at_a_glance(const fs::path& directory, const NotedFile& file) {
    std::error_code error;
    const auto bytes = fs::file_size(directory / file.path, error);
    if (error == std::errc::no_such_file_or_directory) return "is missing";
    if (error) return "cannot be read: " + error.message();
    if (file.bytes && bytes != *file.bytes)
        return "has " + std::to_string(bytes) + " bytes instead of " + std::to_string(*file.bytes);
    return std::nullopt;
}

}  // namespace sillok::backups
