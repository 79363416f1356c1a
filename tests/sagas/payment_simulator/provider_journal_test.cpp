// What a simulated provider has booked, on disk: written, read again, torn, damaged.
#include "sagas/payment_simulator/provider_journal.hpp"

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <expected>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Type = ProviderOperation::Type;

Uuid key(int number) { return uuid_v5({}, std::to_string(number)); }
Money won(std::int64_t amount) { return {amount, {{'K', 'R', 'W'}}}; }

OperationRequest authorisation(int number) {
    return {Type::authorise, key(number), OrderId{"o1"}, CustomerId{"kim"}, won(100), {}};
}
OperationRequest about(Type operation, int authorised, int number, std::int64_t amount) {
    return {operation, key(number), OrderId{"o1"}, {}, won(amount), key(authorised).text()};
}

// Books, and the file that they are kept in.
struct Provider {
    explicit Provider(const std::filesystem::path& file)
        : journal(ProviderJournal::open(file, [this](const ProviderOperation& one) { return ledger.repost(one); })) {}

    void books_call(const OperationRequest& call, std::optional<std::string> decline = std::nullopt) {
        (*journal)->append(ledger.post(ledger.prepare(call).value(), std::move(decline)));
    }
    bool is_durable() {
        boost::asio::io_context context;
        bool durable = false;
        boost::asio::co_spawn(context, (*journal)->durable(), [&durable](std::exception_ptr failed, bool reached) {
            CHECK_FALSE(failed);
            durable = reached;
        });
        context.run();
        return durable;
    }

    ProviderLedger ledger{1'000};
    std::expected<std::unique_ptr<ProviderJournal>, std::string> journal;
};

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}
void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
}

// Every operation, declined and approved.
std::deque<LedgerAccount> fill(const std::filesystem::path& file) {
    Provider provider{file};
    REQUIRE(provider.journal);
    for (int i = 0; i < 5; ++i) provider.books_call(authorisation(i));
    provider.books_call(authorisation(5), "card declined");
    provider.books_call(about(Type::capture, 0, 10, 100));
    provider.books_call(about(Type::capture, 0, 11, 1));
    provider.books_call(about(Type::refund, 0, 12, 40));
    provider.books_call(about(Type::void_, 1, 13, 0));
    provider.books_call(about(Type::void_, 0, 14, 0));
    CHECK(provider.is_durable());
    return provider.ledger.accounts();
}

}  // namespace

TEST_CASE("what was booked is there again after the process, and a repeated key gets its old answer") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    const auto ledger = fill(file);
    CHECK(std::ranges::count(content_of(file), '\n') == 11);
    Provider again{file};
    REQUIRE(again.journal);
    CHECK(again.ledger.accounts() == ledger);
    CHECK(again.ledger.find(key(5))->declined == "card declined");
    CHECK(again.ledger.find(key(11))->declined == "more than was authorised");
    CHECK(again.ledger.prepare(about(Type::refund, 0, 12, 40)) == *again.ledger.find(key(12)));
    again.books_call(authorisation(20));
    CHECK(again.is_durable());
    CHECK(std::ranges::count(content_of(file), '\n') == 12);
}

TEST_CASE("what was given up stays so") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    write(file, line_of(given_up(Uuid::parse("0b7c9f0e-55a1-4e0c-8f00-000000000001").value())) + "\n");
    const Provider again{file};
    REQUIRE(again.journal);
    const auto* operation = again.ledger.find(Uuid::parse("0b7c9f0e-55a1-4e0c-8f00-000000000001").value());
    REQUIRE(operation != nullptr);
    CHECK(operation->type == Type::give_up);
    CHECK(again.ledger.accounts().empty());
}

TEST_CASE("wherever the last line is torn, the lines before it stand and new ones follow them") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    fill(file);
    const auto whole = content_of(file);
    const auto last = whole.rfind('\n', whole.size() - 2) + 1;
    for (auto size = last + 1; size < whole.size(); size += 7) {
        CAPTURE(size);
        write(file, whole.substr(0, size));
        std::size_t read = 0;
        CHECK(read_journal(file, [&read](const ProviderOperation&) -> std::expected<void, std::string> {
            ++read;
            return {};
        }));
        CHECK(read == 10);
        {
            Provider provider{file};
            REQUIRE(provider.journal);
            CHECK(provider.ledger.find(key(14)) == nullptr);
            provider.books_call(about(Type::void_, 0, 14, 0));
        }
        CHECK(content_of(file) == whole);
    }
}

TEST_CASE("a line that cannot be booked again is named, and the file left as it is") {
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
        const Provider provider{file};
        REQUIRE_FALSE(provider.journal);
        CHECK(provider.journal.error() == file.string() + ", " + what);
        CHECK(content_of(file) == text);
    }
}

TEST_CASE("two providers do not share a file, and one that cannot be opened says why") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "ledger";
    const Provider first{file};
    REQUIRE(first.journal);
    CHECK(Provider{file}.journal.error() == file.string() + " is in use by another process");
    CHECK(Provider{directory.path()}.journal.error() ==
          directory.path().string() + " cannot be opened: Is a directory");
    CHECK_FALSE(read_journal(directory.path() / "none",
                             [](const ProviderOperation&) -> std::expected<void, std::string> { return {}; }));
}

}  // namespace sillok
