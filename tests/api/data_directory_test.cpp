// A data directory has one user and a known format. Other directories are not changed.
#include "api/data_directory.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <fstream>
#include <set>

namespace sillok {

namespace fs = std::filesystem;
using Mode = DataDirectory::Mode;

TEST_CASE("a new directory is set up once and opened again") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "deep" / "data";
    {
        REQUIRE(DataDirectory::open(path, Mode::create));
    }
    CHECK(fs::exists(path / "FORMAT"));
    CHECK(DataDirectory::open(path, Mode::create));
    CHECK(DataDirectory::open(path, Mode::existing));
}

TEST_CASE("an interrupted set-up is repeated") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "data";
    fs::create_directory(path);
    std::ofstream{path / "LOCK"};
    std::ofstream{path / "FORMAT.new"} << "sil";
    CHECK(DataDirectory::open(path, Mode::create));
}

TEST_CASE("a directory is used by one process at a time") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "data";
    {
        const auto first = DataDirectory::open(path, Mode::create);
        REQUIRE(first);
        const auto second = DataDirectory::open(path, Mode::existing);
        REQUIRE_FALSE(second);
        CHECK(second.error().find("in use by another process: process " + std::to_string(::getpid()) + " on ") !=
              std::string::npos);
    }
    CHECK(DataDirectory::open(path, Mode::existing));
}

TEST_CASE("a directory that cannot be used is not changed, and the error says why") {
    const TemporaryDirectory parent;
    const auto refused = [&](const fs::path& path, Mode mode, std::string_view why) {
        std::set<fs::path> before;
        for (const auto& entry : fs::recursive_directory_iterator{parent.path()}) before.insert(entry.path());
        const auto opened = DataDirectory::open(path, mode);
        REQUIRE_FALSE(opened);
        CHECK_MESSAGE(opened.error().find(why) != std::string::npos, opened.error());
        std::set<fs::path> after;
        for (const auto& entry : fs::recursive_directory_iterator{parent.path()}) after.insert(entry.path());
        CHECK(before == after);
    };
    const auto make = [&](const std::string& name, const std::string& format) {
        fs::create_directory(parent.path() / name);
        std::ofstream{parent.path() / name / "FORMAT"} << format;
        return parent.path() / name;
    };
    refused(parent.path() / "missing", Mode::existing, "there is no Sillok data directory");
    refused(make("newer", "sillok 3\n"), Mode::create, "newer Sillok");
    refused(make("older", "sillok 1\n"), Mode::create, "first release");
    refused(make("other", "something else\n"), Mode::create, "damaged");
    refused(make("torn", "sillok x\n"), Mode::existing, "damaged");
    refused(make("empty", ""), Mode::existing, "no readable FORMAT");
    fs::create_directory(parent.path() / "foreign");
    std::ofstream{parent.path() / "foreign" / "thesis.txt"} << "years of work";
    refused(parent.path() / "foreign", Mode::create, "no readable FORMAT");
    std::ofstream{parent.path() / "file"} << "x";
    refused(parent.path() / "file", Mode::create, "not a directory");
}

namespace {

bool says_absent(const std::expected<DataDirectory, std::string>& opened) {
    return !opened && opened.error().starts_with("there is no Sillok data directory");
}

}  // namespace

TEST_CASE("a data directory cannot be opened before its fill has succeeded") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "data";
    const auto fill = [](const fs::path& log) -> std::expected<void, std::string> {
        fs::create_directory(log);
        std::ofstream{log / "CURRENT"} << "x";
        return {};
    };
    const auto fail = [&](const fs::path& log) -> std::expected<void, std::string> {
        REQUIRE(fill(log));
        CHECK_FALSE(fs::exists(path / "FORMAT"));
        CHECK_FALSE(DataDirectory::open(path, Mode::existing));
        return std::unexpected("the source ended");
    };
    CHECK(DataDirectory::make(path, fail).error() == "the source ended");
    CHECK_FALSE(fs::exists(path));
    fs::create_directory(path);
    CHECK(DataDirectory::make(path, fail).error() == "the source ended");
    CHECK(fs::is_empty(path));
    CHECK(DataDirectory::make(path, fill));
    CHECK(DataDirectory::open(path, Mode::existing));
    CHECK(fs::exists(path / "log" / "CURRENT"));

    CHECK(DataDirectory::make(path, fill).error() == path.string() + " is not an empty directory");
    CHECK(DataDirectory::open(path, Mode::existing));
}

TEST_CASE("what others leave in a directory stays, and what an interrupted set-up leaves does not") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "volume";
    const auto fail = [](const fs::path& log) -> std::expected<void, std::string> {
        fs::create_directory(log);
        return std::unexpected("the source ended");
    };
    fs::create_directories(path / "lost+found");
    std::ofstream{path / ".gitkeep"};
    CHECK(DataDirectory::make(path, fail).error() == "the source ended");
    CHECK(fs::exists(path / "lost+found"));
    CHECK(fs::exists(path / ".gitkeep"));
    CHECK_FALSE(fs::exists(path / "LOCK"));

    // As a process leaves it that is killed at each moment of an import.
    for (const auto& left : {"log.partial", "restoring.partial"}) fs::create_directory(path / left);
    std::ofstream{path / "LOCK"};
    SUBCASE("before the log has its name") {}
    SUBCASE("before FORMAT has its name") {
        std::ofstream{path / "FORMAT.new"} << "sil";
        fs::create_directory(path / "log");
    }
    CHECK(says_absent(DataDirectory::open(path, Mode::existing)));
    const auto fill = [](const fs::path& log) -> std::expected<void, std::string> {
        fs::create_directory(log);
        return {};
    };
    CHECK(DataDirectory::make(path, fill));
    CHECK(DataDirectory::open(path, Mode::existing));
    CHECK(fs::exists(path / "log"));
    CHECK_FALSE(fs::exists(path / "log.partial"));
    CHECK_FALSE(fs::exists(path / "restoring.partial"));
    CHECK(fs::exists(path / "lost+found"));
}

TEST_CASE("a log without FORMAT is nobody's leftover") {
    const TemporaryDirectory parent;
    fs::create_directory(parent.path() / "log");
    std::ofstream{parent.path() / "LOCK"};
    CHECK_FALSE(DataDirectory::open(parent.path(), Mode::create));
    CHECK(fs::exists(parent.path() / "log"));
}

}  // namespace sillok
