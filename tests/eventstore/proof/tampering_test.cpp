// Somebody with the database's own tools changes a small log, one thing at a time: every byte of every key and value,
// every entry removed, doubled or swapped with its neighbour. Verification finds each of them and says where.
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/keys.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace {

struct Entry {
    std::string key;
    std::string value;
};
using Entries = std::vector<Entry>;

// The database under a log, open to an intruder while verification reads it, too.
class Intruder {
   public:
    explicit Intruder(std::filesystem::path log) : log_(std::move(log)) {
        std::vector<std::string> names;
        REQUIRE(rocksdb::DB::ListColumnFamilies({}, log_.string(), &names).ok());
        rocksdb::ColumnFamilyOptions options;
        options.disable_auto_compactions = true;  // no file goes while somebody else reads it
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (const auto& name : names) families.emplace_back(name, options);
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
        rocksdb::DB* opened = nullptr;
        REQUIRE(rocksdb::DB::Open({}, log_.string(), families, &handles, &opened).ok());
        db_.reset(opened);
        for (std::size_t i = 0; i < names.size(); ++i) families_.emplace(names[i], handles[i]);
    }
    ~Intruder() {
        families_.clear();
        db_.reset();
    }
    Intruder(const Intruder&) = delete;
    Intruder& operator=(const Intruder&) = delete;

    [[nodiscard]] Entries entries(std::string_view family) const {
        Entries found;
        const std::unique_ptr<rocksdb::Iterator> it{db_->NewIterator({}, handle(family))};
        for (it->SeekToFirst(); it->Valid(); it->Next())
            found.push_back({it->key().ToString(), it->value().ToString()});
        REQUIRE(it->status().ok());
        return found;
    }

    // What verification says while a family holds something else in the place of some entries.
    LogReport verify_with(std::string_view family, const Entries& instead_of, const Entries& others) {
        exchange(family, instead_of, others);
        auto report = verify();
        exchange(family, others, instead_of);
        // Not all of it has to be read from the write-ahead log the next time.
        if (++changes_ % 200 == 0)
            for (const auto& [name, handle] : families_) REQUIRE(db_->Flush({}, handle.get()).ok());
        return report;
    }

    [[nodiscard]] LogReport verify() const {
        return verify_log_directory(log_, {}, {.write_buffer_bytes = 64u << 10, .opening_threads = 1});
    }

   private:
    [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(std::string_view family) const {
        return families_.find(family)->second.get();
    }
    void exchange(std::string_view family, const Entries& out, const Entries& in) {
        rocksdb::WriteBatch batch;
        for (const auto& entry : out) batch.Delete(handle(family), entry.key);
        for (const auto& entry : in) batch.Put(handle(family), entry.key, entry.value);
        REQUIRE(db_->Write({}, &batch).ok());
    }

    const std::filesystem::path log_;
    std::unique_ptr<rocksdb::DB> db_;
    std::map<std::string, std::unique_ptr<rocksdb::ColumnFamilyHandle>, std::less<>> families_;
    std::uint64_t changes_ = 0;
};

constexpr std::string_view families[] = {
    "default", keys::events, keys::stream_versions, keys::streams, keys::commands, keys::event_ids, keys::tags};

// Two streams in turn, tags, chosen event ids, receipts, and a command that made no event.
void fill(EventStore& store) {
    for (std::uint64_t i = 0; i < 4; ++i) {
        const auto stream = "s-" + std::to_string(i % 2);
        const auto version = store.version_of(stream);
        auto commit = by_command(
            i + 1, to(stream, version == Version{0} ? Expected{NoStream{}} : Expected{version}, {std::to_string(i)}));
        commit.appends[0].events[0].tags = {"odd:" + std::to_string(i % 2)};
        commit.appends[0].events[0].event_id = uuid_v7(9, 0, i);
        commit.appends[0].events[0].type = i < 2 ? "test.began" : "test.ended";
        commit.receipt = "done";
        REQUIRE(store.append_and_wait(commit));
    }
    Commit refused;
    refused.metadata.command_id = command(99);
    refused.receipt = "refused";
    REQUIRE(store.append_and_wait(refused));
}

struct Tampered {
    OnDisk store;
    std::unique_ptr<Intruder> intruder;

    Tampered() {
        fill(*store);
        store.shut();
        intruder = std::make_unique<Intruder>(store.path());
        REQUIRE(intruder->verify().ok());
    }
    ~Tampered() { CHECK(intruder->verify().ok()); }  // every change was taken back
    Tampered(const Tampered&) = delete;
    Tampered& operator=(const Tampered&) = delete;

    void check_found(std::string_view family, const Entries& instead_of, const Entries& others) const {
        const auto report = intruder->verify_with(family, instead_of, others);
        CHECK_FALSE(report.ok());
        if (report.ok()) return;
        const auto& problem = report.problems[0];
        const auto tells = [&](std::string_view what) { return problem.what.find(what) != std::string::npos; };
        // What belongs to no event has no place in the log, and a key that is none has none either.
        const bool names_itself =
            family == "default" || tells("command") || tells("has the wrong length") || tells("is malformed");
        CHECK_MESSAGE((problem.position || !problem.stream.empty() || names_itself), problem.what);
    }
};

std::string with_byte_changed(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    return bytes;
}

}  // namespace

TEST_CASE("every byte of every entry that was changed is found") {
    const Tampered log;
    for (const auto family : families) {
        for (const auto& entry : log.intruder->entries(family)) {
            for (std::size_t at = 0; at < entry.key.size(); ++at) {
                INFO(family, " key byte ", at);
                log.check_found(family, {entry}, {{with_byte_changed(entry.key, at), entry.value}});
            }
            for (std::size_t at = 0; at < entry.value.size(); ++at) {
                INFO(family, " value byte ", at);
                log.check_found(family, {entry}, {{entry.key, with_byte_changed(entry.value, at)}});
            }
        }
    }
}

TEST_CASE("every record and every index entry that was removed is found") {
    const Tampered log;
    for (const auto family : families) {
        for (const auto& entry : log.intruder->entries(family)) {
            // The log does not say that there was a command without an event: its answer is all there is of it.
            if (family == keys::commands && entry.key == keys::uuid(command(99))) continue;
            INFO(family);
            log.check_found(family, {entry}, {});
        }
    }
}

TEST_CASE("neighbours that changed places are found") {
    const Tampered log;
    for (const auto family : families) {
        const auto entries = log.intruder->entries(family);
        for (std::size_t i = 1; i < entries.size(); ++i) {
            const auto& one = entries[i - 1];
            const auto& two = entries[i];
            if (one.value == two.value) continue;
            INFO(family, " entry ", i);
            log.check_found(family, {one, two}, {{one.key, two.value}, {two.key, one.value}});
        }
    }
}

TEST_CASE(
    "an entry that was put in is found: a copy at the end, before the beginning, under a key too long or too short") {
    const Tampered log;
    for (const auto& record : log.intruder->entries(keys::events))
        for (const auto position : {Position{0}, Position{5}, Position{6}, Position{UINT64_MAX}})
            log.check_found(keys::events, {}, {{std::string{keys::event(position).view()}, record.value}});
    for (const auto family : families) {
        if (family == "default") continue;  // RocksLog reads one key of it
        for (const auto& entry : log.intruder->entries(family)) {
            INFO(family);
            log.check_found(family, {}, {{entry.key + '\x01', entry.value}});
            log.check_found(family, {}, {{entry.key.substr(0, entry.key.size() - 1), entry.value}});
        }
    }
}

}  // namespace sillok
