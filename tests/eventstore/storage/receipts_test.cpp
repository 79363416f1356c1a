// Receipts that nobody asks for any more leave the disk, while the log is written to and while it is idle.
#include "eventstore/known_command.hpp"
#include "eventstore/proof/verify.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <utility>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t commands = 400;  // every other one without an event

bool is_old(const KnownCommand& known) { return known.receipt.starts_with("old"); }

// What cannot be compressed.
std::string receipt(const std::string& text, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::string bytes(8'192, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return text + bytes;
}

// A log that takes out the receipts that begin with "old", a second after they were written.
struct ForgetfulLog {
    ForgetfulLog() { open(); }
    void open() {
        auto log = RocksLog::open(path(), RocksLog::Mode::create, {.receipts = ReceiptRetention{1s, is_old}}).value();
        disk = log.get();
        store = std::make_unique<EventStore>(std::move(log));
    }
    void reopen() {
        store.reset();
        open();
    }
    void append(std::uint64_t number, const std::string& text) {
        auto commit = by_command(number, to("stream-" + std::to_string(number), NoStream{}, {"x"}));
        if (number % 2 == 0) commit.appends.clear();
        commit.receipt = receipt(text, number);
        REQUIRE(store->append_and_wait(commit));
    }
    [[nodiscard]] fs::path path() const { return directory.path() / "log"; }
    [[nodiscard]] std::uintmax_t bytes() const {
        std::uintmax_t sum = 0;
        for (const auto& file : fs::directory_iterator{path()}) {
            std::error_code gone;
            const auto size = file.file_size(gone);
            if (!gone && file.path().extension() == ".sst") sum += size;
        }
        return sum;
    }
    [[nodiscard]] bool has_receipt(std::uint64_t number) const {
        return !disk->find_command(command(number)).value().receipt.empty();
    }

    TemporaryDirectory directory;
    const RocksLog* disk = nullptr;
    std::unique_ptr<EventStore> store;
};

}  // namespace

TEST_CASE("receipts that are over leave the disk of an idle log; the commands stay, and the log is whole") {
    ForgetfulLog log;
    for (std::uint64_t i = 0; i < commands; ++i) log.append(i, i == 7 ? "new" : "old");
    const auto end = log.store->head();
    std::uintmax_t before = 0;
    REQUIRE(eventually(30s, "no old receipt is left", [&] {
        before = std::max(before, log.bytes());
        for (std::uint64_t i = 0; i < commands; ++i)
            if (i != 7 && log.has_receipt(i)) return false;
        return true;
    }));
    REQUIRE(eventually(10s, "the files are gone", [&] { return log.bytes() < before / 10; }));
    MESSAGE("bytes in tables before: ", before, ", after: ", log.bytes());
    CHECK(log.has_receipt(7));
    for (int round = 0; round < 2; ++round) {
        for (std::uint64_t i = 0; i < commands; ++i) {
            const auto known = log.disk->find_command(command(i)).value();
            CHECK(known.events == i % 2);
        }
        // A command is still applied once.
        CHECK(log.store->append_and_wait(by_command(5, to("stream-5", NoStream{}, {"x"}))).value().repeated);
        CHECK(log.store->head() == end);
        log.reopen();
    }
    log.store.reset();
    CHECK(verify_log_directory(log.path()).ok());
}

TEST_CASE("receipts that were over when the program ended are taken out after the next start") {
    ForgetfulLog log;
    for (std::uint64_t i = 0; i < 50; ++i) log.append(i, "old");
    log.reopen();
    REQUIRE(eventually(30s, "no old receipt is left", [&] {
        for (std::uint64_t i = 0; i < 50; ++i)
            if (log.has_receipt(i)) return false;
        return true;
    }));
}

TEST_CASE("without a retention receipts stay") {
    OnDisk store;
    auto commit = by_command(1, to("stream-1", NoStream{}, {"x"}));
    commit.receipt = "old";
    REQUIRE(store->append_and_wait(commit));
    store.shut();
    const auto log = RocksLog::open(store.path(), RocksLog::Mode::existing).value();
    CHECK(log->find_command(command(1)).value().receipt == "old");
}

}  // namespace sillok
