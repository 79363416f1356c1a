// The scrub of a log that is in use: it finds what the disk has changed, and nothing else.
#include "eventstore/proof/scrubber.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/transfer/backups.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace sillok {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t as_fast_as_it_gets = std::uint64_t{1} << 40U;

// Makes table files of what is in memory: opening the log again writes them.
void write_tables(OnDisk& store) { store.reopen(); }

struct Found {
    void add(const LogProblem& problem) {
        const MutexLock lock{mutex};
        problems.push_back(problem);
    }
    std::vector<LogProblem> all() {
        const MutexLock lock{mutex};
        return problems;
    }
    Mutex mutex;
    std::vector<LogProblem> problems SILLOK_GUARDED_BY(mutex);
};

ScrubOptions fast(Found& found) {
    return {.bytes_per_second = as_fast_as_it_gets,
            .least_pass = 1ms,
            .on_damage = [&found](const LogProblem& problem) { found.add(problem); }};
}

bool passes(const Scrubber& scrubber, std::uint64_t count) {
    const auto before = scrubber.status().passes;
    return eventually(30s, "a whole pass", [&] { return scrubber.status().passes >= before + count; });
}

}  // namespace

TEST_CASE("a pass reads every table and every event, and the next one what came after") {
    OnDisk store;
    grow(*store, 500);
    write_tables(store);
    Found found;
    const SystemClock clock;
    const Scrubber scrubber{rocks_log(*store), clock, fast(found)};
    REQUIRE(passes(scrubber, 1));
    REQUIRE(eventually(10s, "the end", [&] { return scrubber.status().position == Position{1'500}; }));
    grow(*store, 500);
    REQUIRE(eventually(10s, "the new end", [&] { return scrubber.status().position == Position{3'000}; }));
    CHECK(scrubber.status().last_pass);
    CHECK(found.all().empty());
    CHECK(scrubber.status().damages.empty());
}

TEST_CASE("a changed byte in any table of a log in use is found, once, and told with the file") {
    OnDisk store;
    grow(*store, 200);
    write_tables(store);
    const auto tables = rocks_log(*store).table_files();
    REQUIRE(tables.size() > 3);
    for (const auto& table : tables) {
        INFO(table.path.string());
        flip_in_the_middle(table.path);
        Found found;
        {
            const SystemClock clock;
            const Scrubber scrubber{rocks_log(*store), clock, fast(found)};
            REQUIRE(eventually(30s, "the damage", [&] { return !found.all().empty(); }));
            REQUIRE(eventually(30s, "another pass", [&] { return scrubber.status().tables_read > 0; }));
            CHECK(scrubber.status().damages.front().what == found.all().front().what);
        }
        CHECK(found.all().front().what ==
              table.path.string() + " is not what was written: its checksum is another one");
        flip_in_the_middle(table.path);
    }
    std::filesystem::resize_file(tables.front().path, tables.front().bytes - 1);
    Found found;
    const SystemClock clock;
    const Scrubber scrubber{rocks_log(*store), clock, fast(found)};
    REQUIRE(eventually(30s, "the damage", [&] { return !found.all().empty(); }));
    CHECK(found.all().front().what.find(" bytes instead of ") != std::string::npos);
}

TEST_CASE("a log that is written to while it is scrubbed is not called damaged") {
    OnDisk store;
    Found found;
    const SystemClock clock;
    const Scrubber scrubber{rocks_log(*store), clock, fast(found)};
    for (int i = 0; i < 60; ++i) grow(*store, 5, std::string(100'000, static_cast<char>('a' + i % 26)));
    REQUIRE(passes(scrubber, 2));
    CHECK(found.all().empty());
}

TEST_CASE("the scrub keeps to its rate, and stops at once") {
    OnDisk store;
    grow(*store, 100, std::string(10'000, 'x'));
    write_tables(store);
    const SystemClock clock;
    const auto begin = std::chrono::steady_clock::now();
    {
        const Scrubber scrubber{rocks_log(*store), clock, {.bytes_per_second = 1}};
        REQUIRE(eventually(10s, "the first bytes", [&] { return scrubber.status().bytes_read > 0; }));
        CHECK(scrubber.status().passes == 0);
    }
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("without a rate everything is read within a week, and never slower than the least rate") {
    using std::chrono::days;
    CHECK(scrub_rate(0, days{7}) == 262'144);
    CHECK(scrub_rate(1'000'000'000, days{7}) == 262'144);
    CHECK(scrub_rate(std::uint64_t{604'800} * 1'000'000, days{7}) == 1'000'000);
    CHECK(scrub_rate(1'000'000, 0s) == 1'000'000);
}

}  // namespace sillok
