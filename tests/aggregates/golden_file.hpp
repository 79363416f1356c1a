// Golden files: bytes as people can compare them, sixteen a line, and where they lie.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

namespace sillok::golden {

inline std::filesystem::path directory(std::string_view name) {
    return std::filesystem::path{SILLOK_SOURCE_DIRECTORY} / "tests/aggregates" / name;
}

inline std::string hex_dump(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string dump;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto byte = static_cast<unsigned char>(bytes[at]);
        dump += {digits[byte >> 4], digits[byte & 15], at % 16 == 15 || at + 1 == bytes.size() ? '\n' : ' '};
    }
    return dump;
}

inline std::string bytes_of(const std::string& hex_dump) {
    std::string bytes;
    std::istringstream words{hex_dump};
    for (std::string word; words >> word;) bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
    return bytes;
}

inline std::string contents(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace sillok::golden
