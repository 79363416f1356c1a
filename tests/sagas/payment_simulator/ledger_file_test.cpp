// The ledger file of a simulated provider: written, read again, torn, damaged.
#include "sagas/payment_simulator/ledger_file.hpp"

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <expected>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Type = ProviderOperation::Type;

Uuid key(int number) { return uuid_v5({}, std::to_string(number)); }
Money won(std::int64_t amount) { return {amount, {{'K', 'R', 'W'}}}; }

OperationRequest authorisation(int number) {
    return {Type::authorise, key(number), OrderId{"o1"}, CustomerId{"kim"}, won(100), {}};
}
OperationRequest about(Type type, int authorised, int number, std::int64_t amount) {
    return {type, key(number), OrderId{"o1"}, {}, won(amount), key(authorised).text()};
}

// A ledger and its file.
struct LedgerFixture {
    explicit LedgerFixture(const std::filesystem::path& path)
        : file(LedgerFile::open(path, [this](const ProviderOperation& one) { return ledger.repost(one); })) {}

    void post(const OperationRequest& call, std::optional<std::string> decline = std::nullopt) {
        (*file)->append(ledger.post(ledger.prepare(call).value(), std::move(decline)));
    }
    bool is_durable() {
        boost::asio::io_context context;
        bool durable = false;
        boost::asio::co_spawn(context, (*file)->durable(), [&durable](std::exception_ptr failed, bool reached) {
            CHECK_FALSE(failed);
            durable = reached;
        });
        context.run();
        return durable;
    }

    ProviderLedger ledger{1'000};
    std::expected<std::unique_ptr<LedgerFile>, std::string> file;
};

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}
void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
}

std::vector<LedgerAccount> accounts_of(const ProviderLedger& ledger) {
    return {ledger.accounts().begin(), ledger.accounts().end()};
}

// Every operation, declined and approved.
std::vector<LedgerAccount> fill(const std::filesystem::path& file, Timestamp time = Timestamp{1'000}) {
    LedgerFixture fixture{file};
    REQUIRE(fixture.file);
    fixture.ledger.set_time(time);
    for (int i = 0; i < 5; ++i) fixture.post(authorisation(i));
    fixture.post(authorisation(5), "card declined");
    fixture.post(about(Type::capture, 0, 10, 100));
    fixture.post(about(Type::capture, 0, 11, 1));
    fixture.post(about(Type::refund, 0, 12, 40));
    fixture.post(about(Type::void_, 1, 13, 0));
    fixture.post(about(Type::void_, 0, 14, 0));
    CHECK(fixture.is_durable());
    return accounts_of(fixture.ledger);
}

}  // namespace

TEST_CASE("a ledger is the same after a restart, and a repeated key gets its first result") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    const auto ledger = fill(file);
    CHECK(std::ranges::count(content_of(file), '\n') == 11);
    LedgerFixture again{file};
    REQUIRE(again.file);
    CHECK(accounts_of(again.ledger) == ledger);
    CHECK(again.ledger.find(key(5))->declined == "card declined");
    CHECK(again.ledger.find(key(11))->declined == "more than was authorised");
    CHECK(again.ledger.prepare(about(Type::refund, 0, 12, 40)) == *again.ledger.find(key(12)));
    again.post(authorisation(20));
    CHECK(again.is_durable());
    CHECK(std::ranges::count(content_of(file), '\n') == 12);
}

TEST_CASE("a key that was given up stays given up after a restart") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    write(file, line_of(given_up(Uuid::parse("0b7c9f0e-55a1-4e0c-8f00-000000000001").value())) + "\n");
    const LedgerFixture again{file};
    REQUIRE(again.file);
    const auto* operation = again.ledger.find(Uuid::parse("0b7c9f0e-55a1-4e0c-8f00-000000000001").value());
    REQUIRE(operation != nullptr);
    CHECK(operation->type == Type::give_up);
    CHECK(again.ledger.accounts().empty());
}

TEST_CASE("wherever the last line is torn, the lines before it stay and new ones follow them") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    fill(file);
    const auto whole = content_of(file);
    const auto last = whole.rfind('\n', whole.size() - 2) + 1;
    for (auto size = last + 1; size < whole.size(); size += 7) {
        CAPTURE(size);
        write(file, whole.substr(0, size));
        std::size_t read = 0;
        CHECK(read_ledger_file(file, [&read](const ProviderOperation&) -> std::expected<void, std::string> {
            ++read;
            return {};
        }));
        CHECK(read == 10);
        {
            LedgerFixture fixture{file};
            REQUIRE(fixture.file);
            CHECK(fixture.ledger.find(key(14)) == nullptr);
            fixture.post(about(Type::void_, 0, 14, 0));
        }
        CHECK(content_of(file) == whole);
    }
}

TEST_CASE("an error names the line that cannot be reposted, and the file is unchanged") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    fill(file);
    const auto whole = content_of(file);
    const auto second = whole.substr(0, whole.find('\n') + 1);
    const auto capture = whole.find("\"capture\"");
    auto more = whole;
    more.replace(whole.find("100", capture), 3, "900");
    auto unparsed = whole;
    unparsed.replace(capture, 9, "\"captain\"");
    for (const auto& [text, what] : {std::pair{more, "line 7: it does not follow from the earlier operations"},
                                     std::pair{unparsed, "line 7: no known operation"},
                                     std::pair{second + whole, "line 2: its key was used before"},
                                     std::pair{std::string{"{}\n"}, "line 1: no known operation"},
                                     std::pair{std::string{"\n"}, "line 1: no JSON object"},
                                     std::pair{std::string(100'000, 'x'), "line 1: it is too long"}}) {
        CAPTURE(what);
        write(file, text);
        const LedgerFixture fixture{file};
        REQUIRE_FALSE(fixture.file);
        CHECK(fixture.file.error() == file.string() + ", " + what);
        CHECK(content_of(file) == text);
    }
}

TEST_CASE("what is forgotten leaves the file, and what was appended meanwhile stays") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    write(directory.path() / "ledger.part", "of a process that was killed");
    std::vector<LedgerAccount> kept;
    {
        LedgerFixture fixture{file};
        REQUIRE(fixture.file);
        fixture.ledger.set_time(Timestamp{1'000});
        for (int i = 0; i < 100; ++i) fixture.post(authorisation(i));
        for (int i = 10; i < 100; ++i) fixture.post(about(Type::capture, i, 100 + i, 100));
        fixture.ledger.set_time(Timestamp{2'000});
        fixture.post(about(Type::void_, 0, 200, 0));
        CHECK(fixture.is_durable());
        const auto before = content_of(file).size();
        auto forgotten = fixture.ledger.forget(Timestamp{2'000});
        CHECK(forgotten.size() == 180);
        (*fixture.file)->forget(std::move(forgotten));
        fixture.post(authorisation(300));
        CHECK(fixture.is_durable());
        kept = accounts_of(fixture.ledger);
        CHECK_FALSE(LedgerFixture{file}.file);  // the new file is locked as the old one was
        (*fixture.file)->close();
        CHECK(std::ranges::count(content_of(file), '\n') == 12);
        MESSAGE("ledger file before: ", before, " bytes, after: ", content_of(file).size());
        CHECK_FALSE(std::filesystem::exists(directory.path() / "ledger.part"));
    }
    LedgerFixture again{file};
    REQUIRE(again.file);
    CHECK(accounts_of(again.ledger) == kept);
    CHECK(again.ledger.find(key(200))->time == Timestamp{2'000});
    again.post(about(Type::capture, 1, 400, 100));
    CHECK(again.is_durable());
}

TEST_CASE("lines of an older program get the time of the file's last change, for good") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    fill(file, {});
    CHECK(content_of(file).find("\"time\"") == std::string::npos);
    Timestamp posted;
    {
        const LedgerFixture first{file};
        REQUIRE(first.file);
        posted = first.ledger.find(key(0))->time;
        CHECK(posted != Timestamp{});
    }
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + std::chrono::hours{1});
    const LedgerFixture second{file};
    REQUIRE(second.file);
    CHECK(second.ledger.find(key(0))->time == posted);
}

TEST_CASE("two providers cannot share a file, and the error says why a file cannot be opened") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    const LedgerFixture first{file};
    REQUIRE(first.file);
    CHECK(LedgerFixture{file}.file.error() == file.string() + " is in use by another process");
    CHECK(LedgerFixture{directory.path()}.file.error() ==
          directory.path().string() + " cannot be opened: Is a directory");
    CHECK_FALSE(read_ledger_file(directory.path() / "none",
                                 [](const ProviderOperation&) -> std::expected<void, std::string> { return {}; }));
}

}  // namespace sillok
