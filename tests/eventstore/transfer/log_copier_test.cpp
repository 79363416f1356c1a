// A copied log equals the original up to where it was cut; a record that does not continue it is refused.
#include "eventstore/transfer/log_copier.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/record.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace sillok {

namespace {

// Commits of one to four events over two streams, at second n, with tags, chosen ids and receipts; refusals between.
void fill(EventStore& store, int commits) {
    for (int i = 1; i <= commits; ++i) {
        const auto number = static_cast<std::uint64_t>(i);
        Commit commit;
        commit.metadata = {.time = Timestamp{i * 1000}, .command_id = command(number), .actor = "tester"};
        for (const auto& stream : {"a-" + std::to_string(i % 3), std::string{"b-1"}}) {
            const auto version = store.version_of(stream);
            commit.appends.push_back(
                {stream, version == Version{0} ? Expected{NoStream{}} : Expected{version}, events({"one"})});
            if (i % 4 == 0) commit.appends.back().events.push_back({"test.more", 2, "two", {"t:x", "t:y"}});
        }
        commit.appends[0].events[0].event_id = uuid_v7(3, 3, number);
        if (i % 3 == 0) commit.appends[1].command_id = command(2000 + number);  // a command within the commit
        commit.receipt = "answer " + std::to_string(i);
        REQUIRE(store.append_and_wait(commit));
        Commit refusal;
        refusal.metadata.command_id = command(1000 + number);
        refusal.receipt = "refused " + std::to_string(i);
        REQUIRE(store.append_and_wait(refusal));
    }
}

struct Original {
    MemoryLog log;
    std::vector<std::string> records;
    explicit Original(int commits = 12) {
        {
            EventStore store{std::make_unique<LentLog>(log)};
            fill(store, commits);
        }
        log.scan_log(Position{1}, [&](Position, std::string_view record) {
            records.emplace_back(record);
            return true;
        });
    }
    [[nodiscard]] Recorded event(std::size_t position) const { return record::view_sealed(records[position - 1]); }
};

std::string refused(const std::vector<std::string>& records) {
    MemoryLog log;
    LogCopier log_copier{log};
    for (const auto& record : records)
        if (const auto added = log_copier.add(record); !added) return added.error();
    const auto finished = log_copier.finish();
    return finished ? "" : finished.error();
}

// The same record with something changed, checksum and chain made to fit.
std::string resealed(std::string record, const Hash& previous, std::size_t offset, char value) {
    record[record::header_bytes + offset] = value;
    Sha256 sha256;
    record::seal(record.data(), record.size(), record::chain_hash(previous, record, sha256));
    return record;
}

}  // namespace

TEST_CASE("a copy ends with the last whole commit up to a position, and holds all that belongs to it") {
    const Original original;
    const auto end = original.records.size();
    for (std::size_t until = 0; until <= end + 1; ++until) {
        CAPTURE(until);
        MemoryLog copy;
        const auto copied = copy_log(original.log, copy, Position{until});
        REQUIRE_MESSAGE(copied, copied.error());
        auto expected = std::min(until, end);
        while (expected > 0 && original.event(expected).commit_rest > 0) --expected;
        CHECK(copied->position == Position{expected});
        const auto report = verify_log(copy);
        CHECK(report.ok());
        CHECK(report.head == Position{expected});
        CHECK(report.root == LogTree{original.log}.head(TreeSize{expected}).root);
        original.log.scan_commands([&](const Uuid& id, const KnownCommand& known) {
            const auto there = copy.find_command(id);
            CHECK(there.has_value() == (known.first.value <= expected));
            if (there) CHECK(there->receipt == known.receipt);
            return true;
        });
    }
}

TEST_CASE_TEMPLATE("what readers have done stays done in a copy, as far as the copy goes", Store, InMemory, OnDisk) {
    Store store;
    for (int i = 0; i < 9; ++i) REQUIRE(store->append_and_wait(to("s-" + std::to_string(i), NoStream{}, {"x"})));
    const ReaderCheckpoint group{Position{8}, {Position{2}, Position{6}}};
    REQUIRE(store->save_checkpoint("group", group));
    REQUIRE(store->save_checkpoint("sink", {Position{3}}));
    MemoryLog whole;
    REQUIRE(copy_log(store->storage(), whole, Position{9}));
    CHECK(whole.get_checkpoint("group") == group);
    CHECK(whole.get_checkpoint("sink") == ReaderCheckpoint{Position{3}});
    MemoryLog part;
    REQUIRE(copy_log(store->storage(), part, Position{5}));
    CHECK(part.get_checkpoint("group") == ReaderCheckpoint{Position{5}, {Position{2}}});
    CHECK(part.get_checkpoint("sink") == ReaderCheckpoint{Position{3}});
}

TEST_CASE("a copy ends before the first commit that is later than a time") {
    const Original original;
    for (const std::int64_t second : {0, 1, 5, 12, 99}) {
        MemoryLog copy;
        const auto copied = copy_log(original.log, copy, Timestamp{second * 1000});
        REQUIRE(copied);
        std::size_t expected = 0;
        while (expected < original.records.size() && original.event(expected + 1).time.value <= second * 1000)
            ++expected;
        CHECK(copied->position == Position{expected});
        CHECK(verify_log(copy).ok());
    }
}

TEST_CASE_TEMPLATE("a copied log continues as the original would", Store, InMemory, OnDisk) {
    const Original original;
    MemoryLog copy;
    REQUIRE(copy_log(original.log, copy, Position{original.records.size()}));
    EventStore first{std::make_unique<LentLog>(copy)};
    MemoryLog again;
    REQUIRE(copy_log(original.log, again, Position{original.records.size()}));
    EventStore second{std::make_unique<LentLog>(again)};
    for (auto* store : {&first, &second}) {
        const auto repeated = store->append_and_wait(by_command(3, to("b-1", NoStream{}, {"again"})));
        REQUIRE(repeated);
        CHECK(repeated->repeated);
        REQUIRE(store->append_and_wait(to("b-1", store->version_of("b-1"), {"more"})));
        REQUIRE(store->append_and_wait(to("new-1", NoStream{}, {"more"})));
    }
    CHECK(first.tree_head() == second.tree_head());
    CHECK(verify_log(copy).ok());
}

TEST_CASE("a copy of many groups reaches the disk whole") {
    OnDisk store;
    const std::string large(900'000, 'x');
    for (int i = 0; i < 12; ++i)
        REQUIRE(store->append_and_wait(to("s-" + std::to_string(i), NoStream{}, {large, "y"})));
    const TemporaryDirectory directory;
    {
        const auto copy = RocksLog::open(directory.path() / "log", RocksLog::Mode::create);
        REQUIRE(copy);
        REQUIRE(copy_log(store->storage(), **copy, Position{23}));
    }
    const auto report = verify_log_directory(directory.path() / "log");
    CHECK(report.ok());
    CHECK(report.head == Position{22});
}

TEST_CASE("a record that does not continue the log is refused with the reason") {
    const Original original;
    auto records = original.records;
    CHECK(refused(records).empty());
    records.pop_back();
    CHECK(refused(records) == "the last commit is not whole");

    records = original.records;
    records.erase(records.begin() + 4);
    CHECK(refused(records) == "record belongs to another position");

    records = original.records;
    records[4][60] = static_cast<char>(records[4][60] ^ 1);
    CHECK(refused(records) == "checksum is wrong");

    records = original.records;
    const auto before = original.event(4).chain_hash;
    records[4] = resealed(records[4], before, 8, 99);  // its version
    CHECK(refused(records).starts_with("version 99 of stream "));
    records[4] = resealed(original.records[4], Hash{}, 60, 'x');
    CHECK(refused(records) == "the hash chain breaks: this event or the one before is not the original");
    records = {original.records[0], original.records[1]};
    // The third record, made the first of a commit with the same command as the first one.
    auto repeated = original.records[2];
    std::copy_n(original.records[0].data() + record::header_bytes + 40, 16,
                repeated.data() + record::header_bytes + 40);
    Sha256 sha256;
    record::seal(repeated.data(), repeated.size(), record::chain_hash(original.event(2).chain_hash, repeated, sha256));
    records.push_back(repeated);
    CHECK(refused(records) == "its command or its event id has been in the log before");
}

}  // namespace sillok
