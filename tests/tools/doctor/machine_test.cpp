// What the doctor says of machines that this one is not.
#include "tools/doctor/machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace sillok {
namespace {

using Level = Finding::Level;
using std::chrono::milliseconds;

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr std::uint64_t gibibyte = 1024 * mebibyte;
constexpr Timestamp now{1'800'000'000'000};

Level level_of(const Examination& found, const std::string& name) {
    const auto one = std::ranges::find(found, name, &Finding::name);
    REQUIRE(one != found.end());
    CHECK((one->level != Level::act || !one->advice.empty()));
    return one->level;
}

MachineClock clock_that(milliseconds by_clock, milliseconds since_boot) {
    return {.now = now, .last_event = Timestamp{now.value - 5}, .by_clock = by_clock, .since_boot = since_boot};
}

}  // namespace

TEST_CASE("room is short when little of it is left, on a small disk and on a large one") {
    const auto level = [](std::uint64_t free, std::uint64_t total) {
        return examine_room({.free_bytes = free, .total_bytes = total}, "x").level;
    };
    CHECK(level(100 * mebibyte, gibibyte) == Level::act);
    CHECK(level(300 * mebibyte, gibibyte) == Level::good);
    CHECK(level(4 * gibibyte, 100 * gibibyte) == Level::act);
    CHECK(level(6 * gibibyte, 100 * gibibyte) == Level::good);
    CHECK(level(11 * gibibyte, 10'000 * gibibyte) == Level::good);
    CHECK(examine_room({.free_bytes = 100 * mebibyte, .total_bytes = gibibyte}, "./data").what ==
          "only 100.0 MiB of 1.0 GiB are free for ./data");
    const auto files = [](std::uint64_t free, std::uint64_t total) {
        return examine_files_room({.free_bytes = 0, .total_bytes = 0, .free_files = free, .total_files = total}, "x")
            .level;
    };
    CHECK(files(0, 0) == Level::good);
    CHECK(files(999, 5'000) == Level::act);
    CHECK(files(5'000, 1'000'000) == Level::act);
    CHECK(files(50'000, 1'000'000) == Level::good);
}

TEST_CASE("limits that are too low are named, and none is no limit") {
    CHECK(is_well(examine_limits({})));
    const auto low = examine_limits(
        {.open_files = 1024, .tasks = 10, .file_bytes = mebibyte, .address_space_bytes = 200 * mebibyte});
    for (const auto* name : {"files", "tasks", "file-size", "address-space"}) CHECK(level_of(low, name) == Level::act);
    const auto high = examine_limits(
        {.open_files = 65'536, .tasks = 1000, .file_bytes = 100 * gibibyte, .address_space_bytes = 64 * gibibyte});
    CHECK(is_well(high));
}

TEST_CASE("memory is looked at where it is known") {
    CHECK(examine_memory({}).level == Level::note);
    CHECK(examine_memory(MachineMemory{.available_bytes = 100 * mebibyte, .total_bytes = gibibyte}).level ==
          Level::act);
    CHECK(examine_memory(MachineMemory{.available_bytes = gibibyte, .total_bytes = gibibyte}).level == Level::good);
    CHECK(memory_of_this_machine()->total_bytes > 64 * mebibyte);
}

TEST_CASE("a clock is compared with the log and with the time since boot") {
    CHECK(is_well(examine_clock(clock_that(milliseconds{100}, milliseconds{100}))));
    CHECK(level_of(examine_clock(clock_that(milliseconds{3'600'100}, milliseconds{100})), "clock-pace") == Level::act);
    CHECK(level_of(examine_clock(clock_that(milliseconds{-400}, milliseconds{100})), "clock-pace") == Level::act);
    auto behind = clock_that(milliseconds{100}, milliseconds{100});
    behind.last_event = Timestamp{now.value + 60'000};
    CHECK(level_of(examine_clock(behind), "clock") == Level::act);
    auto at_epoch = clock_that(milliseconds{100}, milliseconds{100});
    at_epoch.now = Timestamp{60'000};
    CHECK(level_of(examine_clock(at_epoch), "clock") == Level::act);
    auto alone = clock_that(milliseconds{100}, milliseconds{100});
    alone.is_synchronized = false;
    CHECK(level_of(examine_clock(alone), "clock-sync") == Level::note);
    CHECK(is_well(examine_clock(alone)));
}

TEST_CASE("an examination is well unless something has to be done") {
    const Examination all{good("a", "fine"), note("b", "odd", "look"), act("c", "bad", "mend it")};
    CHECK_FALSE(is_well(all));
    CHECK(is_well({all[0], all[1]}));
    CHECK(table_of(all) ==
          "good  a             fine\nnote  b             odd\n                    look\n"
          "act   c             bad\n                    mend it\n");
    CHECK(json_of(all).dump() == R"({"ok":false,"checks":[{"name":"a","level":"good","what":"fine"},)"
                                 R"({"name":"b","level":"note","what":"odd","do":"look"},)"
                                 R"({"name":"c","level":"act","what":"bad","do":"mend it"}]})");
}

}  // namespace sillok
