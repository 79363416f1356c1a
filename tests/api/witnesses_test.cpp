#include "api/witnesses.hpp"
#include "api/accepted_loss.hpp"
#include "api/backend.hpp"
#include "api/witness_file.hpp"
#include "api/witness_keeper.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_checkpoint.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <string>

namespace sillok {

namespace {

namespace fs = std::filesystem;
using Kind = Contradiction::Kind;

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void append(EventStore& store, int events, const std::string& payload) {
    for (int i = 0; i < events; ++i) {
        const auto version = store.version_of("note-a");
        Commit commit;
        commit.appends.push_back({.stream = "note-a",
                                  .expected = version == Version{0} ? Expected{NoStream{}} : Expected{version},
                                  .events = {{.type = "note.written", .payload = payload}}});
        REQUIRE(store.append_and_wait(commit));
    }
}

// A data directory whose log has 100 events, all of which every witness has seen.
struct Shop {
    explicit Shop(const std::string& payload = "a") : directory(open(parent.path() / "data")) {
        EventStore store{log(RocksLog::Mode::create)};
        append(store, 100, payload);
        const auto head = store.storage().head();
        id = store.storage().identity().log_id;
        REQUIRE(WitnessFile::open(directory.witness())
                    ->write({id, first_epoch, head.position, head.chain_hash, true}, WitnessFile::Sync::yes));
        REQUIRE(write_verified_head(directory.verified(), {head.position, head.chain_hash, {}}));
        saga::PendingWork known;
        known.position = head.position;
        known.chain_hash = head.chain_hash;
        REQUIRE(saga::Checkpoint{directory.sagas()}.save(known));
        const auto views = ReadModels::open(directory.views(), store);
        REQUIRE(views);
        (*views)->catch_up();
    }

    static DataDirectory open(const fs::path& path) {
        auto opened = DataDirectory::open(path, DataDirectory::Mode::create);
        REQUIRE(opened);
        return *std::move(opened);
    }
    [[nodiscard]] std::unique_ptr<RocksLog> log(RocksLog::Mode mode) const {
        auto opened = RocksLog::open(directory.log(), mode);
        REQUIRE(opened);
        return *std::move(opened);
    }
    void replace_log(const fs::path& other) const {
        fs::remove_all(directory.log());
        fs::copy(other, directory.log(), fs::copy_options::recursive);
    }
    // Leaves one witness alone.
    void keep_only(const fs::path& witness) const {
        for (const auto& path : {directory.witness(), directory.verified(), directory.sagas(), directory.views()})
            if (path != witness) fs::remove_all(path);
    }
    [[nodiscard]] std::optional<Contradiction> found_missing() const {
        return missing_log(directory, witnesses_of(directory));
    }
    [[nodiscard]] std::optional<Contradiction> found() const {
        if (auto missing = found_missing()) return missing;
        return contradiction(directory, witnesses_of(directory), *log(RocksLog::Mode::read_only));
    }

    TemporaryDirectory parent;
    DataDirectory directory;
    Uuid id;
};

const std::function<fs::path(const DataDirectory&)> all_witnesses[] = {
    &DataDirectory::witness, &DataDirectory::verified, &DataDirectory::sagas, &DataDirectory::views};

}  // namespace

TEST_CASE("witnesses that have seen the log do not contradict it, also where it has gone on") {
    const Shop shop;
    CHECK(witnesses_of(shop.directory).size() == 4);
    CHECK_FALSE(shop.found());
    {
        EventStore store{shop.log(RocksLog::Mode::existing)};
        append(store, 5, "b");
    }
    CHECK_FALSE(shop.found());
}

TEST_CASE("a witness that has seen only the empty log does not contradict a longer one") {
    const Shop shop;
    shop.keep_only(shop.directory.witness());
    REQUIRE(WitnessFile::open(shop.directory.witness())
                ->write({shop.id, first_epoch, {}, {}, false}, WitnessFile::Sync::no));
    CHECK_FALSE(shop.found());
    fs::remove_all(shop.directory.log());
    CHECK_FALSE(shop.found_missing());
}

TEST_CASE("each witness alone finds that the log is missing, shorter, or another one") {
    for (const auto& path_of : all_witnesses) {
        const Shop shop;
        const auto witness = path_of(shop.directory);
        CAPTURE(witness);
        shop.keep_only(witness);
        CHECK_FALSE(shop.found());

        const auto check = [&](Kind kind, const std::string& sentence) {
            const auto found = shop.found();
            REQUIRE(found);
            CHECK(found->kind == kind);
            CHECK(found->witness.position == Position{100});
            CHECK(says(found->what, sentence));
            CHECK(says(found->what, witness.string()));
        };
        const Shop older;
        {
            EventStore store{
                RocksLog::open(older.parent.path() / "short", RocksLog::Mode::create, {.log_id = shop.id}).value()};
            append(store, 40, "a");
        }
        shop.replace_log(older.parent.path() / "short");
        check(Kind::shorter, "ends at position 40, but");

        const Shop other{"other payload"};
        shop.replace_log(other.directory.log());
        const bool knows_id = witness == shop.directory.witness();
        check(knows_id ? Kind::another : Kind::changed,
              knows_id ? "holds log " + other.id.text() : "holds another event at position 100");

        fs::remove_all(shop.directory.log());
        check(Kind::missing, "is missing, but");
        fs::create_directory(shop.directory.log());  // a disk that is not mounted
        check(Kind::missing, "is missing, but");
    }
}

TEST_CASE("read models and a sagas' checkpoint of another log are no contradiction where WITNESS knows this one") {
    const Shop shop;
    const Shop other{"other payload"};
    for (const auto& path : {shop.directory.views(), shop.directory.sagas()}) {
        fs::remove_all(path);
        fs::copy(other.directory.path() / path.filename(), path, fs::copy_options::recursive);
    }
    CHECK_FALSE(shop.found());
    fs::remove(shop.directory.witness());
    CHECK(shop.found()->kind == Kind::changed);
}

TEST_CASE("a damaged witness says nothing, and the others still speak") {
    const Shop shop;
    for (const auto& path :
         {shop.directory.witness(), shop.directory.verified(), shop.directory.sagas() / "checkpoint"})
        std::ofstream{path} << "gone";
    fs::remove(shop.directory.views() / "CURRENT");
    CHECK(witnesses_of(shop.directory).empty());
    CHECK_FALSE(shop.found());
}

TEST_CASE("WITNESS keeps its other line when one is damaged, and counts on") {
    const TemporaryDirectory parent;
    const auto path = parent.path() / "WITNESS";
    CHECK(WitnessFile::read(path).value() == std::nullopt);
    KnownEnd end{SystemClock{}.new_id(), Epoch{3}, Position{7}, {}, false};
    end.chain_hash.fill(0xab);
    for (int i = 0; i < 5; ++i) {
        REQUIRE(WitnessFile::open(path)->write(end, WitnessFile::Sync::no));
        CHECK(WitnessFile::read(path).value() == end);
        ++end.position.value;
    }
    const auto size = fs::file_size(path);
    for (std::size_t at = 0; at < size; at += 7) {
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        file.seekg(static_cast<std::streamoff>(at));
        const char was = static_cast<char>(file.get());
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(was ^ 1));
        file.flush();
        const auto found = WitnessFile::read(path);
        REQUIRE(found);
        CHECK((**found).position >= Position{end.position.value - 2});
        file.seekp(static_cast<std::streamoff>(at));
        file.put(was);
    }
    fs::resize_file(path, 100);
    CHECK(says(WitnessFile::read(path).error(), "is damaged"));
}

TEST_CASE(
    "a log that cannot be read at the end is not said to have been stopped in order, and stopping does not throw") {
    struct FailingLog final : MemoryLog {
        LogHead head() const override {
            if (fails) throw StorageError("input/output error");
            return MemoryLog::head();
        }
        std::atomic<bool> fails = false;
    };
    const TemporaryDirectory parent;
    const auto path = parent.path() / "WITNESS";
    FailingLog log;
    WitnessKeeper keeper{WitnessFile::open(path).value(), log};
    log.fails = true;
    keeper.stop();
    CHECK_FALSE(WitnessFile::read(path).value()->stopped);
}

TEST_CASE("a backend refuses a log that contradicts its witnesses, until an operator names where it ends") {
    const Shop shop;
    const auto data = shop.parent.path() / "copy";
    fs::copy(shop.directory.path(), data, fs::copy_options::recursive);
    fs::remove_all(data / "log");
    const auto refused = Backend::open({.data = data});
    REQUIRE_FALSE(refused);
    CHECK(says(refused.error(), "log is missing, but " + (data / "WITNESS").string() +
                                    " has seen position 100 of log " + shop.id.text()));
    CHECK(says(refused.error(), "--accept-loss 0"));
    CHECK_FALSE(fs::exists(data / "log"));
    CHECK_FALSE(Backend::open({.data = data, .accept_loss = Position{1}}));

    const auto backend = Backend::open({.data = data, .accept_loss = Position{0}});
    REQUIRE(backend);
    auto& store = (*backend)->store;
    CHECK(store.storage().identity().epochs.size() == 2);
    const auto events = store.read_log(Position{0}, 10);
    REQUIRE(events.size() == 1);
    CHECK(events.front().type == "log.lossAccepted");
    (*backend)->stop();
    const auto known = WitnessFile::read(data / "WITNESS").value().value();
    CHECK(known.stopped);
    CHECK(known.position == Position{1});
    CHECK(known.log_id == store.storage().identity().log_id);
}

}  // namespace sillok
