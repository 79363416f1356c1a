// A data directory with a log in it, made without a server.
#pragma once

#include "api/data_directory.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace sillok {

struct LogDirectory {
    TemporaryDirectory directory;
    std::filesystem::path data = directory.path() / "data";

    // Appends `count` more events, two per commit, in five streams.
    void grow(std::uint64_t count) const {
        const auto held = DataDirectory::open(data, DataDirectory::Mode::create);
        REQUIRE(held);
        auto log = RocksLog::open(held->log(), RocksLog::Mode::create);
        REQUIRE(log);
        EventStore store{*std::move(log)};
        for (const auto end = store.head().value + count; store.head().value < end;) {
            const auto number = store.head().value;
            const auto stream = "s-" + std::to_string(number / 2 % 5);
            const auto version = store.version_of(stream);
            const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
            Commit commit;
            commit.metadata = {.time = Timestamp{static_cast<std::int64_t>(1000 * number)},
                               .command_id = uuid_v7(7, 0, number),
                               .actor = "tester"};
            commit.appends.push_back({stream, expected, {{"test.one", 1, "{}"}, {"test.two", 1, "more"}}});
            REQUIRE(store.append_and_wait(commit));
        }
    }
};

}  // namespace sillok
