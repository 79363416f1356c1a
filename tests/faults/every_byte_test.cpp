// Every byte of every file of a small log, changed one at a time: verification finds it and says where.
//
// RocksDB's IDENTITY, LOCK and OPTIONS are left out: nothing of the log is in them, and nothing reads them. Of its list
// of files (MANIFEST) the last entry may go unnoticed where it says nothing that matters: then all of the log must be
// there. The highest bit of a byte is left alone, for one such bit in a table makes a RocksDB that was built with
// assertions, as Debian's is, end the process: that is noticed, but a test cannot tell.
#include "eventstore/event_store.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tests/stride.hpp"
#include "tools/simulation/simulated_file_system.hpp"
#include "tools/simulation/stepwise_env.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sillok {
namespace {

const std::filesystem::path directory = "/data/log";

// The same small log every time, in the write-ahead log or in tables: two streams, tags, chosen event ids, a
// receipt beside events and one without.
class SmallLog {
   public:
    explicit SmallLog(bool in_tables) {
        fill();
        // Recovery puts what it finds in the write-ahead log into tables.
        if (in_tables) RocksLog::open(directory, RocksLog::Mode::existing, options()).value().reset();
        env_.work();
    }

    // All that the log says, in words.
    [[nodiscard]] std::string content() {
        const auto log = RocksLog::open(directory, RocksLog::Mode::read_only, options()).value();
        std::string said;
        log->scan_log(Position{0}, [&](Position, std::string_view record) { return (said += record, true); });
        log->scan_commands([&](const Uuid& id, const KnownCommand& known) {
            said += id.text() + std::to_string(known.first.value) + known.receipt;
            return true;
        });
        return said + std::to_string(log->head().groups);
    }
    [[nodiscard]] LogReport verify() { return verify_log_directory(directory, {}, options()); }
    [[nodiscard]] SimulatedFileSystem& disk() { return *disk_; }
    // Those whose bytes are the log.
    [[nodiscard]] std::vector<std::string> files() const {
        auto paths = disk_->files();
        std::erase_if(paths, [](const std::filesystem::path path) {
            const auto name = path.filename().string();
            return name == "IDENTITY" || name == "LOCK" || name.starts_with("OPTIONS");
        });
        return paths;
    }

   private:
    RocksLogOptions options() { return {.disk = &env_, .write_buffer_bytes = 64u << 10, .opening_threads = 1}; }

    void fill() {
        EventStore store{RocksLog::open(directory, RocksLog::Mode::create, options()).value()};
        for (std::uint64_t i = 0; i < 3; ++i) {
            const auto stream = "s-" + std::to_string(i % 2);
            const auto version = store.version_of(stream);
            const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
            REQUIRE(store.append_and_wait(
                {.metadata = {.time = Timestamp{1}, .command_id = uuid_v7(7, 0, i), .actor = "tester"},
                 .appends = {{stream, expected, {{"test.happened", 1, "one", {"red"}, uuid_v7(9, 0, i)}}}},
                 .receipt = "done"}));
        }
        REQUIRE(store.append_and_wait({.metadata = {.command_id = uuid_v7(7, 1, 1)}, .receipt = "refused"}));
        env_.work();
    }

    std::shared_ptr<SimulatedFileSystem> disk_ = std::make_shared<SimulatedFileSystem>();
    StepwiseEnv env_{disk_};
};

// What is wrong with how a changed byte was told, if anything.
std::string mistold(SmallLog& log, const std::string& path, const std::string& content) {
    const auto report = log.verify();
    const auto file = std::filesystem::path{path}.filename().string();
    if (report.ok()) return file.starts_with("MANIFEST") && log.content() == content ? "" : "not noticed";
    const auto& problem = report.problems.front();
    const auto tells = [&](std::string_view what) { return problem.what.find(what) != std::string::npos; };
    const bool located = problem.position || !problem.stream.empty() || tells(file) || tells("cannot be opened");
    return located ? "" : "not located: " + problem.what;
}

// Changes every second byte of every file in turn (of the places that `stride` leaves); two of these change them all.
std::vector<std::string> change_every_second_byte(bool in_tables, std::size_t from, std::size_t& changed_bytes) {
    std::vector<std::string> wrong;
    SmallLog log{in_tables};
    const auto content = log.content();
    if (!log.verify().ok()) wrong.emplace_back("the log is not whole to begin with");
    for (const auto& path : log.files()) {
        const auto original = log.disk().bytes_of(path);
        for (std::size_t at = from; at < original.size(); at += 2 * stride) {
            auto changed = original;
            changed[at] = static_cast<char>(changed[at] ^ (1 << at % 7));
            log.disk().overwrite(path, changed);
            if (auto what = mistold(log, path, content); !what.empty())
                wrong.push_back(what.insert(0, path + " byte " + std::to_string(at) + ": "));
            ++changed_bytes;
        }
        log.disk().overwrite(path, original);
    }
    return wrong;
}

}  // namespace

TEST_CASE("verification finds a change of any byte of a log's files and says where") {
    for (const bool in_tables : {false, true}) {
        std::size_t even = 0;
        std::size_t odd = 0;
        std::vector<std::string> wrong;
        std::vector<std::string> more;
        {
            const std::jthread other{[&] { more = change_every_second_byte(in_tables, 1, odd); }};
            wrong = change_every_second_byte(in_tables, 0, even);
        }
        wrong.insert(wrong.end(), more.begin(), more.end());
        for (const auto& what : wrong) FAIL_CHECK(what);
        std::cout << "bytes changed one at a time, " << (in_tables ? "in tables: " : "in the write-ahead log: ")
                  << even + odd << '\n';
    }
}

}  // namespace sillok
