// The library as other programs use it: installed, found by CMake, and the program of its guide.
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace sillok {

namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
    std::ifstream file{path};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

// The guide's only block of this language that begins so.
std::string block(const std::string& guide, const std::string& language, const std::string& first_line) {
    const auto fence = "```" + language + "\n";
    const auto begin = guide.find(fence + first_line);
    REQUIRE(begin != std::string::npos);
    const auto start = begin + fence.size();
    return guide.substr(start, guide.find("```", start) - start);
}

void run(const std::string& command, const fs::path& log) {
    const auto status = std::system(("( " + command + " ) >>" + log.string() + " 2>&1").c_str());
    const auto output = contents(log);  // before INFO, which is evaluated inside doctest's lock
    INFO(command << "\n" << output);
    REQUIRE(status == 0);
}

using Names = std::set<std::string>;

// Adds a header of the project, and those that it includes.
void add_with_includes(const std::string& header, Names& headers) {
    if (!headers.insert(header).second) return;
    const auto text = contents(fs::path{SILLOK_SOURCE_DIRECTORY} / header);
    const std::regex include{R"re(#include "([^"]+)")re"};
    for (std::sregex_iterator it{text.begin(), text.end(), include}, end; it != end; ++it)
        add_with_includes((*it)[1].str(), headers);
}

// The headers of eventstore/ itself, which are public, and all that they include.
Names public_headers() {
    Names headers;
    for (const auto& entry : fs::directory_iterator{fs::path{SILLOK_SOURCE_DIRECTORY} / "eventstore"})
        if (entry.path().extension() == ".hpp")
            add_with_includes("eventstore/" + entry.path().filename().string(), headers);
    return headers;
}

Names files_below(const fs::path& directory) {
    Names files;
    for (const auto& entry : fs::recursive_directory_iterator{directory})
        if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(directory).generic_string());
    return files;
}

}  // namespace

TEST_CASE("the library is installed, found, and does what its guide says") {
    const std::string guide = contents(fs::path{SILLOK_SOURCE_DIRECTORY} / "docs/eventstore.md");
    const TemporaryDirectory directory;
    const auto prefix = directory.path() / "installed";
    const auto source = directory.path() / "shelf";
    const auto build = directory.path() / "build";
    const auto log = directory.path() / "log.txt";
    fs::create_directory(source);
    std::ofstream{source / "shelf.cpp"} << block(guide, "cpp", "#include");
    std::ofstream{source / "CMakeLists.txt"} << block(guide, "cmake", "cmake_minimum_required");

    run("cmake --install " SILLOK_BINARY_DIRECTORY " --component eventstore --prefix " + prefix.string(), log);
    CHECK(files_below(prefix / "include/sillok") == public_headers());
    run("cmake -S " + source.string() + " -B " + build.string() + " -DCMAKE_PREFIX_PATH=" + prefix.string() +
            " -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=" SILLOK_COMPILER " -DCMAKE_CXX_FLAGS='" SILLOK_FLAGS "'",
        log);
    run("cmake --build " + build.string(), log);

    const auto expected = block(guide, "text", "book-1");
    for (int times = 1; times <= 2; ++times) {
        const auto output = directory.path() / ("output-" + std::to_string(times));
        run("cd " + directory.path().string() + " && " + (build / "shelf").string() + " >" + output.string(), log);
        CHECK(contents(output) == expected);
    }

    // The program that handles errors, after the one before and without it.
    const auto careful = directory.path() / "careful";
    fs::create_directory(careful);
    std::ofstream{careful / "careful.cpp"} << block(guide, "cpp", "// careful.cpp");
    std::ofstream{careful / "CMakeLists.txt"}
        << std::regex_replace(block(guide, "cmake", "cmake_minimum_required"), std::regex{"shelf"}, "careful");
    const auto careful_build = directory.path() / "careful-build";
    run("cmake -S " + careful.string() + " -B " + careful_build.string() + " -DCMAKE_PREFIX_PATH=" + prefix.string() +
            " -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=" SILLOK_COMPILER " -DCMAKE_CXX_FLAGS='" SILLOK_FLAGS "'",
        log);
    run("cmake --build " + careful_build.string(), log);
    const auto said = directory.path() / "said";
    run("cd " + directory.path().string() + " && ! " + (careful_build / "careful").string() + " >" + said.string(),
        log);
    CHECK(contents(said) == block(guide, "text", "version-conflict"));
    fs::rename(directory.path() / "shelf", directory.path() / "elsewhere");
    run("cd " + directory.path().string() + " && ! " + (careful_build / "careful").string() + " >" + said.string(),
        log);
    CHECK(contents(said).find("shelf") != std::string::npos);
}

}  // namespace sillok
