// What the pages point at exists.
#include "tests/docs/page.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>

namespace sillok::docs {

namespace {

namespace fs = std::filesystem;

// "tools/run", "aggregates/stock.cpp": a path of this repository, and nothing else.
bool is_path_of_ours(std::string_view text) {
    constexpr std::array folders{"eventstore/", "aggregates/", "projections/", "sagas/", "api/", "tools/",
                                 "bench/",      "tests/",      "docs/",        "cmake/", ".ci/"};
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '/';
    };
    return std::ranges::any_of(folders, [&](const char* folder) { return text.starts_with(folder); }) &&
           std::ranges::all_of(text, is_plain);
}

}  // namespace

TEST_CASE("every relative link and its anchor exist") {
    std::size_t links = 0;
    for (const auto& page : all_pages())
        for (const auto& link : page.links) {
            if (link.target.find("://") != std::string::npos || link.target.starts_with("mailto:")) continue;
            INFO(page.name << ":" << link.line << ": " << link.target);
            const auto hash = link.target.find('#');
            const auto file = link.target.substr(0, hash);
            const auto path =
                file.empty() ? fs::path{page.name} : (fs::path{page.name}.parent_path() / file).lexically_normal();
            CHECK(fs::exists(source_directory() / path));
            if (hash != std::string::npos && fs::exists(source_directory() / path))
                CHECK(read_page(path.string()).section(link.target.substr(hash + 1)));
            ++links;
        }
    CHECK(links > 50);
}

TEST_CASE("every file that a page names exists") {
    std::size_t files = 0;
    for (const auto& page : all_pages())
        for (const auto& span : page.code_spans) {
            if (!is_path_of_ours(span.target)) continue;
            INFO(page.name << ":" << span.line << ": " << span.target);
            CHECK(fs::exists(source_directory() / span.target));
            ++files;
        }
    CHECK(files > 50);
}

TEST_CASE("README fits on a few screens") {
    const auto page = read_page("README.md");
    CHECK(page.lines.size() <= 150);
    for (const auto& line : page.lines) {
        INFO(line);
        // Characters, not bytes: a byte 10xxxxxx goes on with the character before it.
        CHECK(std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) <=
              120);
    }
}

}  // namespace sillok::docs
