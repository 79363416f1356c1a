// Verification: a whole log passes; whatever is changed in it is found, and the position is named.
#include "eventstore/verify.hpp"
#include "eventstore/byte_order.hpp"
#include "eventstore/keys.hpp"
#include "eventstore/record.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <rocksdb/db.h>

#include <fstream>
#include <functional>

namespace sillok {

namespace {

namespace fs = std::filesystem;

void fill(EventStore& store, int commits) {
    for (int i = 0; i < commits; ++i) {
        const auto stream = "s-" + std::to_string(i % 5);
        const auto version = store.version_of(stream);
        const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
        REQUIRE(
            store.append_and_wait(by_command(static_cast<std::uint64_t>(i + 1), to(stream, expected, {"one", "two"}))));
    }
}

// Somebody with the database's own tools at work on the log.
void tamper(const fs::path& log, std::string_view family,
            const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, log.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open({}, log.string(), families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db{opened};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == family) change(*db, *handles[i]);
        REQUIRE(db->DestroyColumnFamilyHandle(handles[i]).ok());
    }
}

std::string get(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, std::string_view key) {
    std::string value;
    REQUIRE(db.Get({}, &family, {key.data(), key.size()}, &value).ok());
    return value;
}

void put(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, std::string_view key, const std::string& value) {
    REQUIRE(db.Put({}, &family, {key.data(), key.size()}, value).ok());
}

void erase(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, std::string_view key) {
    REQUIRE(db.Delete({}, &family, {key.data(), key.size()}).ok());
}

LogReport verify(const fs::path& log) { return verify_log(*RocksLog::open(log, RocksLog::Mode::read_only).value()); }

}  // namespace

TEST_CASE("a whole log passes, and the report says what it holds") {
    OnDisk store;
    fill(*store, 20);
    const auto last = store->read_log_back(Position{40}, 1);
    const auto report = verify_log(store->storage());
    CHECK(report.ok());
    CHECK(report.events == 40);
    CHECK(report.streams == 5);
    CHECK(report.head == Position{40});
    CHECK(report.chain_hash == last[0].chain_hash);
    CHECK(verify_log(MemoryLog{}).ok());
}

TEST_CASE("a record that was rewritten, checksum and all, breaks the chain at its position") {
    OnDisk store;
    fill(*store, 20);
    store.shut();
    tamper(store.path(), keys::events, [](auto& db, auto& family) {
        const auto key = keys::event(Position{17});
        auto bytes = get(db, family, key.view());
        const auto event = record::read(Position{17}, bytes);
        REQUIRE(event);
        Metadata metadata{event->time, event->command_id, event->correlation_id, event->causation_id,
                          std::string{event->actor}};
        std::string forged;
        const auto length = record::append_unsealed(
            forged, {Position{17}, event->version, event->event_id, metadata, event->stream, event->type, 1, "won"});
        Sha256 sha256;
        const auto before = record::read(Position{16}, get(db, family, keys::event(Position{16}).view()));
        record::seal(forged.data(), length, before->chain_hash, sha256);
        put(db, family, key.view(), forged);
    });
    const auto report = verify(store.path());
    REQUIRE_FALSE(report.ok());
    // The forger can make position 17 fit 16; then 18 no longer fits 17.
    CHECK(report.problems[0].position == Position{18});
}

TEST_CASE("changed, removed, moved and inserted records are found where they are") {
    const auto problem_after = [](const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
        OnDisk store;
        fill(*store, 20);
        store.shut();
        tamper(store.path(), keys::events, change);
        const auto report = verify(store.path());
        REQUIRE_FALSE(report.ok());
        return report.problems[0].position;
    };
    CHECK(problem_after([](auto& db, auto& family) {
              auto bytes = get(db, family, keys::event(Position{9}).view());
              bytes[60] = static_cast<char>(bytes[60] ^ 1);
              put(db, family, keys::event(Position{9}).view(), bytes);
          }) == Position{9});
    CHECK(problem_after([](auto& db, auto& family) { erase(db, family, keys::event(Position{9}).view()); }) ==
          Position{9});
    CHECK(problem_after([](auto& db, auto& family) { erase(db, family, keys::event(Position{1}).view()); }) ==
          Position{1});
    CHECK(problem_after([](auto& db, auto& family) {
              const auto nine = get(db, family, keys::event(Position{9}).view());
              const auto ten = get(db, family, keys::event(Position{10}).view());
              put(db, family, keys::event(Position{9}).view(), ten);
              put(db, family, keys::event(Position{10}).view(), nine);
          }) == Position{9});
    CHECK(problem_after([](auto& db, auto& family) {
              put(db, family, keys::event(Position{41}).view(), get(db, family, keys::event(Position{40}).view()));
          }) == Position{41});
    CHECK(problem_after([](auto& db, auto& family) {
              put(db, family, keys::event(Position{0}).view(), get(db, family, keys::event(Position{1}).view()));
          }) == Position{1});
}

TEST_CASE("an index that says something else than the events is found") {
    const auto what_after = [](std::string_view in,
                               const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
        OnDisk store;
        fill(*store, 20);
        store.shut();
        tamper(store.path(), in, change);
        const auto report = verify(store.path());
        REQUIRE_FALSE(report.ok());
        return report.problems[0].what;
    };
    CHECK(what_after(keys::stream_versions, [](auto& db, auto& family) {
              put(db, family, keys::stream_version(StreamNumber{2}, Version{3}).view(), std::string(8, '\1'));
          }) == "the stream index does not agree with the events");
    CHECK(what_after(keys::stream_versions, [](auto& db, auto& family) {
              erase(db, family, keys::stream_version(StreamNumber{2}, Version{8}).view());
          }) == "the stream index ends at version 7, the log at 8");
    CHECK(what_after(keys::streams, [](auto& db, auto& family) { erase(db, family, "s-3"); }) ==
          "streams are missing from the stream index");
    CHECK(what_after(keys::commands, [](auto& db, auto& family) { erase(db, family, keys::command(command(3))); }) ==
          "the command index does not agree with the events");
    CHECK(what_after(keys::commands, [](auto& db, auto& family) {
              put(db, family, keys::command(command(3)), "short");
          }) == "an entry of the command index is cut short");
}

TEST_CASE("a byte that changes in a table file is found, and the first position affected is named") {
    OnDisk store;
    fill(*store, 200);
    store.shut();
    tamper(store.path(), keys::events, [](auto& db, auto& family) { REQUIRE(db.Flush({}, &family).ok()); });
    const auto problem_at = [&](const fs::path& file, std::uintmax_t offset) {
        std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
        const auto at = static_cast<std::streamoff>(offset);
        bytes.seekg(at);
        const int original = bytes.get();
        bytes.seekp(at);
        bytes.put(static_cast<char>(original ^ 0x10));
        bytes.flush();
        const auto log = RocksLog::open(store.path(), RocksLog::Mode::read_only);
        const bool found = !log || !verify_log(**log).ok();
        bytes.seekp(at);
        bytes.put(static_cast<char>(original));
        return found;
    };
    int tried = 0;
    for (const auto& entry : fs::directory_iterator{store.path()}) {
        if (entry.path().extension() != ".sst") continue;
        for (std::uintmax_t offset = 1; offset < entry.file_size(); offset += entry.file_size() / 7 + 1) {
            INFO(entry.path().filename().string(), " offset ", offset, " of ", entry.file_size());
            CHECK(problem_at(entry.path(), offset));
            ++tried;
        }
    }
    CHECK(tried > 0);
    CHECK(verify(store.path()).ok());
}

}  // namespace sillok
