// Verification: a whole log passes; every change in it is found, and the position is named.
#include "eventstore/proof/verify.hpp"
#include "eventstore/base/byte_order.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/storage/record.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/tamper.hpp"

#include <doctest/doctest.h>

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

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

LogReport verify(const fs::path& log) { return verify_log_directory(log); }

void flip(const fs::path& file, std::uintmax_t offset) {
    std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
    const auto at = static_cast<std::streamoff>(offset);
    bytes.seekg(at);
    const int original = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(original ^ 0x10));
}

// The files whose bytes are the log: tables, the write-ahead log, the manifest and what points to it.
bool holds_the_log(const fs::path& file) {
    const auto name = file.filename().string();
    return file.extension() == ".sst" || file.extension() == ".log" || name.starts_with("MANIFEST") ||
           name == "CURRENT" || name == keys::head_file;
}

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
        const auto length =
            record::append_unsealed(forged, {.position = Position{17},
                                             .version = event->version,
                                             .event_id = event->event_id,
                                             .metadata = metadata,
                                             .stream = event->stream,
                                             .event = {.type = std::string{event->type}, .payload = "won"},
                                             .tags = {},
                                             .commit_rest = 0});
        Sha256 sha256;
        const auto before = record::read(Position{16}, get(db, family, keys::event(Position{16}).view()));
        record::seal(forged.data(), length, record::chain_hash(before->chain_hash, forged, sha256));
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

TEST_CASE("an index that differs from the events is found at the first event concerned") {
    const auto problem_after = [](std::string_view in,
                                  const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
        OnDisk store;
        fill(*store, 20);
        store.shut();
        tamper(store.path(), in, change);
        const auto report = verify(store.path());
        REQUIRE_FALSE(report.ok());
        return report.problems[0];
    };
    const auto moved = problem_after(keys::stream_versions, [](auto& db, auto& family) {
        const auto other = get(db, family, keys::stream_version(StreamNumber{2}, Version{4}).view());
        put(db, family, keys::stream_version(StreamNumber{2}, Version{3}).view(), other);
    });
    CHECK(moved.position == Position{13});
    CHECK(moved.stream == "s-1");
    CHECK(moved.what == "the stream index has something else for this event");
    CHECK(problem_after(keys::stream_versions, [](auto& db, auto& family) {
              put(db, family, keys::stream_version(StreamNumber{2}, Version{3}).view(), std::string(8, '\1'));
          }).position == Position{13});
    CHECK(problem_after(keys::stream_versions, [](auto& db, auto& family) {
              erase(db, family, keys::stream_version(StreamNumber{2}, Version{8}).view());
          }).position == Position{34});
    CHECK(problem_after(keys::stream_versions, [](auto& db, auto& family) {
              const auto last = get(db, family, keys::stream_version(StreamNumber{2}, Version{8}).view());
              put(db, family, keys::stream_version(StreamNumber{2}, Version{9}).view(), last);
          }).stream == "s-1");
    CHECK(problem_after(keys::streams, [](auto& db, auto& family) { erase(db, family, "s-3"); }).position ==
          Position{7});
    CHECK(problem_after(keys::streams, [](auto& db, auto& family) {
              put(db, family, "t-1", std::string{"\x09\0\0\0\0\0\0\0", 8});
          }).stream == "t-1");
    CHECK(problem_after(keys::commands, [](auto& db, auto& family) {
              erase(db, family, keys::uuid(command(3)));
          }).position == Position{5});
    CHECK(problem_after(keys::commands, [](auto& db, auto& family) {
              put(db, family, keys::uuid(command(3)), "short");
          }).position == Position{5});
    const auto unasked = problem_after(keys::commands, [](auto& db, auto& family) {
        put(db, family, keys::uuid(command(99)), get(db, family, keys::uuid(command(3))));
    });
    CHECK(unasked.what == "the entry of command " + command(99).text() + " is damaged");
}

TEST_CASE("a tree that differs from the events is found, and where") {
    const auto problem_after = [](const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) {
        OnDisk store;
        fill(*store, 300);
        store.shut();
        const auto before = verify(store.path());
        CHECK(before.ok());
        CHECK(before.root != Hash{});
        tamper(store.path(), keys::tree, change);
        const auto report = verify(store.path());
        REQUIRE(report.problems.size() == 1);
        CHECK(report.root == before.root);
        return report.problems[0];
    };
    const auto flipped = problem_after([](auto& db, auto& family) {
        auto hash = get(db, family, keys::tree_node(8, 1).view());
        hash[31] = static_cast<char>(hash[31] ^ 1);
        put(db, family, keys::tree_node(8, 1).view(), hash);
    });
    CHECK(flipped.position == Position{257});
    CHECK(flipped.what == "the tree over the 256 events from here on is not theirs");
    const auto missing = problem_after([](auto& db, auto& family) { erase(db, family, keys::tree_node(9, 0).view()); });
    CHECK(missing.position == Position{1});
    CHECK(missing.what == "the tree over the 512 events from here on is not theirs");
    const auto added = problem_after(
        [](auto& db, auto& family) { put(db, family, keys::tree_node(8, 2).view(), std::string(32, 'x')); });
    CHECK(added.what == "the tree has nodes for which there are no events");
}

TEST_CASE("a byte that changes in any file of the log is found, and a writer refuses the log untouched") {
    for (const bool in_tables : {true, false}) {
        OnDisk store;
        fill(*store, 60);
        store.shut();
        if (in_tables)
            tamper(store.path(), keys::events, [](auto& db, auto& family) { REQUIRE(db.Flush({}, &family).ok()); });
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator{store.path()})
            if (holds_the_log(entry.path())) files.push_back(entry.path());
        for (const auto& file : files) {
            const auto size = fs::file_size(file);
            for (std::uintmax_t offset = size > 40 ? 3 : 0; offset < size; offset += size / 13 + 1) {
                INFO(file.filename().string(), " offset ", offset, " of ", size);
                flip(file, offset);
                const auto report = verify(store.path());
                CHECK_FALSE(report.ok());
                flip(file, offset);
            }
        }
        CHECK(verify(store.path()).ok());
    }
}

TEST_CASE("a log whose end was cut off is not mistaken for a shorter one") {
    OnDisk store;
    fill(*store, 60);
    store.shut();
    fs::path write_ahead_log;
    for (const auto& entry : fs::directory_iterator{store.path()})
        if (entry.path().extension() == ".log") write_ahead_log = entry.path();
    REQUIRE_FALSE(write_ahead_log.empty());
    const auto size = fs::file_size(write_ahead_log);
    fs::resize_file(write_ahead_log, size - 10);
    const auto report = verify(store.path());
    REQUIRE_FALSE(report.ok());
    CHECK(report.problems[0].position == next(report.head));
    const auto opened = RocksLog::open(store.path(), RocksLog::Mode::existing);
    REQUIRE_FALSE(opened);
    CHECK_MESSAGE(opened.error().find("acknowledged up to position 120") != std::string::npos, opened.error());
    CHECK(fs::file_size(write_ahead_log) == size - 10);
}

TEST_CASE("a torn group at the end that was never acknowledged is cut off, and the log goes on") {
    OnDisk store;
    fill(*store, 10);
    store.shut();
    const auto head_path = store.path() / keys::head_file;
    const auto disk = rocksdb::FileSystem::Default();
    const auto before = HeadFile::read(*disk, head_path);
    REQUIRE(before);
    store.reopen();
    REQUIRE(store->append_and_wait(to("late-1", NoStream{}, {"torn"})));
    store.shut();
    // The last write tore, so its HEAD was never written either.
    fs::path last;
    for (const auto& entry : fs::directory_iterator{store.path()})
        if (entry.path().extension() == ".log" && fs::file_size(entry.path()) > 0) last = entry.path();
    REQUIRE_FALSE(last.empty());
    fs::resize_file(last, fs::file_size(last) - 10);
    auto head_file = HeadFile::open(*disk, head_path, *before);
    REQUIRE(head_file->write(before->acknowledged));
    REQUIRE(head_file->write(before->acknowledged));
    CHECK(verify(store.path()).ok());
    store.reopen();
    CHECK(store->head() == Position{20});
    REQUIRE(store->append_and_wait(to("late-1", NoStream{}, {"whole"})));
    store.shut();
    CHECK(verify(store.path()).ok());
}

}  // namespace sillok
