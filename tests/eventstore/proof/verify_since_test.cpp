// Incremental verification: the events after a verified head are proven, and the head itself.
#include "eventstore/known_command.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "eventstore/proof/verify.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>

namespace sillok {

namespace {

namespace fs = std::filesystem;

// Two events each, in five streams, of a command, with a tag and an id of their own.
void grow(EventStore& store, int commits) {
    for (int i = 0; i < commits; ++i) {
        const auto number = store.head().value;
        const auto stream = "s-" + std::to_string(number / 2 % 5);
        const auto version = store.version_of(stream);
        const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
        auto commit = by_command(number + 1, to(stream, expected, {"one", "two"}));
        commit.appends[0].events[0].tags = {"t:" + std::to_string(number)};
        commit.appends[0].events[1].event_id = uuid_v7(9, 9, number);
        REQUIRE(store.append_and_wait(commit));
    }
}

VerifiedHead verified(const LogReport& report) {
    REQUIRE(report.ok());
    return {report.head, report.chain_hash, report.root};
}

// A log in memory that returns changed bytes.
class Lying final : public LentLog {
   public:
    using LentLog::LentLog;
    std::function<void(Position, std::string&)> record = [](Position, std::string&) {};
    std::function<void(KnownCommand&)> command = [](KnownCommand&) {};
    std::function<void(StreamHead&)> stream = [](StreamHead&) {};
    std::function<void(TreeNode&)> node = [](TreeNode&) {};
    bool has_tags = true, has_event_ids = true;

    void scan_log(Position from, const Visit& visit) const override {
        LentLog::scan_log(from, [&](Position position, std::string_view bytes) {
            std::string told{bytes};
            record(position, told);
            return visit(position, told);
        });
    }
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& id) const override {
        auto found = LentLog::find_command(id);
        if (found) command(*found);
        return found;
    }
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override {
        auto found = LentLog::find_stream(name);
        if (found) stream(*found);
        return found;
    }
    [[nodiscard]] std::optional<Hash> find_tree_node(unsigned level, std::uint64_t index) const override {
        const auto found = LentLog::find_tree_node(level, index);
        if (!found) return found;
        TreeNode told{level, index, *found};
        node(told);
        return told.hash;
    }
    void scan_tag(std::string_view tag, Position from, const VisitTag& visit) const override {
        if (has_tags) LentLog::scan_tag(tag, from, visit);
    }
    [[nodiscard]] std::optional<Position> find_event_id(const Uuid& id) const override {
        return has_event_ids ? LentLog::find_event_id(id) : std::nullopt;
    }
};

// A log of 700 events that was verified at 400.
struct Verified {
    MemoryLog log;
    VerifiedHead since;
    Lying lying{log};

    Verified() {
        {
            EventStore store{std::make_unique<LentLog>(log)};
            grow(store, 200);
        }
        since = verified(verify_log(log));
        EventStore store{std::make_unique<LentLog>(log)};
        grow(store, 150);
    }
    [[nodiscard]] LogProblem problem() const {
        const auto report = verify_log_since(lying, since);
        REQUIRE_FALSE(report.ok());
        return report.problems[0];
    }
};

}  // namespace

TEST_CASE_TEMPLATE("the events since a verified head are proven step by step, with the result of a full verification",
                   Store, InMemory, OnDisk) {
    Store store;
    auto head = verified(verify_log(store->storage()));
    CHECK(head.position == Position{0});
    for (const int commits : {1, 127, 0, 5, 300}) {
        grow(*store, commits);
        const auto report = verify_log_since(store->storage(), head);
        CHECK(report.from == head.position);
        CHECK(report.events == 2u * static_cast<unsigned>(commits));
        CHECK(report.streams == std::min(5u, static_cast<unsigned>(commits)));
        const auto full = verify_log(store->storage());
        head = verified(report);
        CHECK(head == verified(full));
        CHECK(full.from == Position{0});
    }
}

TEST_CASE("a new record that was changed is found where it is") {
    Verified log;
    log.lying.record = [](Position position, std::string& bytes) {
        if (position == Position{555}) bytes[80] = static_cast<char>(bytes[80] ^ 1);
    };
    CHECK(log.problem().position == Position{555});
}

TEST_CASE("a log that was rewritten before the verified head does not continue it") {
    Verified log;
    auto other = log.since;
    other.chain_hash[0] ^= 1;
    CHECK(verify_log_since(log.log, other).problems[0].what == "another event stood here when it was verified");
    other = log.since;
    other.root[0] ^= 1;
    CHECK(verify_log_since(log.log, other).problems[0].what == "the tree up to here is not the one that was verified");
    other = log.since;
    other.position = Position{701};
    CHECK(verify_log_since(log.log, other).problems[0].what == "the log was verified up to here, and ends at 700");
    CHECK(verify_log_since(log.log, other).problems[0].position == Position{701});
    log.lying.node = [](TreeNode& node) {
        if (node.level == 8 && node.index == 0) node.hash[5] ^= 1;
    };
    CHECK(log.problem().what == "the tree up to here is not the one that was verified");
}

TEST_CASE("a new node of the tree that is not that of its events is found") {
    Verified log;
    log.lying.node = [](TreeNode& node) {
        if (node.level == 8 && node.index == 1) node.hash[5] ^= 1;
    };
    CHECK(log.problem().position == Position{257});
}

TEST_CASE("an index that lacks a new event's entry, or has another, is found") {
    Verified log;
    log.lying.command = [](KnownCommand& known) {
        if (known.first == Position{501}) known.events = 1;
    };
    CHECK(log.problem().position == Position{501});
    CHECK(log.problem().what == "the command index does not agree with the events");
    log.lying.command = [](KnownCommand&) {};
    log.lying.stream = [](StreamHead& head) { head.number = StreamNumber{head.number.value % 5 + 1}; };
    CHECK(log.problem().what == "the stream index does not agree with the events");
    log.lying.stream = [](StreamHead&) {};
    log.lying.has_tags = false;
    CHECK(log.problem().what == "the tag index does not agree with the events");
    log.lying.has_tags = true;
    log.lying.has_event_ids = false;
    CHECK(log.problem().what == "the event id index does not agree with the events");
    log.lying.has_event_ids = true;
    CHECK(verify_log_since(log.lying, log.since).ok());
}

TEST_CASE("the verified head is kept whole or not at all") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "VERIFIED";
    CHECK(read_verified_head(path).value() == std::nullopt);
    VerifiedHead head{Position{17}, {}, {}};
    head.chain_hash[3] = 4;
    head.root[5] = 6;
    REQUIRE(write_verified_head(path, {}));
    REQUIRE(write_verified_head(path, head));
    CHECK(read_verified_head(path).value() == head);
    CHECK_FALSE(fs::exists(directory.path() / "VERIFIED.new"));

    const auto size = fs::file_size(path);
    for (std::uintmax_t offset = 0; offset < size; ++offset) {
        std::fstream bytes{path, std::ios::in | std::ios::out | std::ios::binary};
        bytes.seekp(static_cast<std::streamoff>(offset));
        bytes.put('\x7b');
        bytes.close();
        CHECK(read_verified_head(path).error() == path.string() + " is damaged");
        REQUIRE(write_verified_head(path, head));
    }
    fs::resize_file(path, size - 1);
    CHECK_FALSE(read_verified_head(path));
    CHECK_FALSE(write_verified_head(directory.path() / "missing" / "VERIFIED", head));
}

}  // namespace sillok
