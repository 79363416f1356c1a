#include "tests/projections/projection_fixture.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "projections/engine/read_model_database.hpp"
#include "tests/eventually.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

using namespace sillok;
using namespace sillok::testing;

namespace {

// Replaces a row's bytes behind the model's back. REQUIRES: the directory is closed.
void replace_stock(const std::filesystem::path& directory, const std::string& product,
                   const std::function<std::string(const std::string&)>& change) {
    auto database = ReadModelDatabase::open(directory, ReadModelDatabase::Mode::existing);
    REQUIRE(database);
    const auto build = (*database)->take_active(StockLevels::name);
    const auto before = (*database)->get(*build->rows, product);
    REQUIRE(before);
    rocksdb::WriteBatch batch;
    batch.Put(build->rows.get(), product, change(*before));
    (*database)->write(batch);
}

template <class Change>
void damage_stock(const std::filesystem::path& directory, const std::string& product, Change change) {
    replace_stock(directory, product, [&](const std::string& before) {
        StockLevels::Row row;
        REQUIRE(from_bytes(before, row));
        change(row);
        return to_bytes(row);
    });
}

// Changes a byte of the first row of the stock levels' table. REQUIRES: the directory is closed.
void damage_stock_table(const std::filesystem::path& directory) {
    int damaged = 0;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        if (entry.path().extension() != ".sst") continue;
        std::fstream file{entry.path(), std::ios::in | std::ios::out | std::ios::binary};
        std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        // Each table has the name of its column family in it: stock_levels.2.rows.
        if (bytes.find("stock_levels.") == std::string::npos || bytes.find(".rows") == std::string::npos) continue;
        bytes[8] = static_cast<char>(bytes[8] ^ 1);
        file.seekp(0);
        file << bytes << std::flush;
        damaged += file.good() ? 1 : 0;
    }
    REQUIRE(damaged == 1);
}

}  // namespace

TEST_CASE("a rebuild equals the live models row by row, after any history") {
    for (std::uint32_t seed = 20; seed < 24; ++seed) {
        ViewsDirectory directory;
        Log log;
        const auto models = open(directory.path(), log);
        RandomHistory history{seed};
        for (int piece = 0; piece < 20; ++piece) {
            history.append_to(log, 20);
            models->catch_up();
        }
        const auto before = contents(*models);
        for (auto* model : models->all()) {
            const auto build = model->status().build;
            const auto report = model->rebuild({});
            REQUIRE(report);
            CHECK(report->name == model->name());
            CHECK(report->compared);
            CHECK(report->differences == 0);
            CHECK(report->switched);
            CHECK(report->events == log.store().head().value);
            CHECK(report->rows > 0);
            CHECK(model->status().build > build);
        }
        CHECK(contents(*models) == before);
        CHECK(models->check().empty());
    }
}

TEST_CASE("a dry run tells of a damaged row and mends nothing; a rebuild mends it") {
    ViewsDirectory directory;
    Log log;
    log.append("product-tv", registered("TV"));
    log.append("stock-tv", stock::event::Received{Quantity{10}});
    log.append("product-pc", registered("PC"));
    open(directory.path(), log)->catch_up();
    damage_stock(directory.path(), "tv", [](StockLevels::Row& row) { row.on_hand = row.available = Quantity{7}; });

    const auto models = open(directory.path(), log);
    const auto dry = models->stock().rebuild({.dry_run = true});
    REQUIRE(dry);
    CHECK(dry->rows == 2);
    CHECK(dry->differences == 1);
    REQUIRE(dry->first_differences.size() == 1);
    CHECK(dry->first_differences[0].key == "tv");
    CHECK(dry->first_differences[0].what == "onHand is 7, rebuilt 10; available is 7, rebuilt 10");
    CHECK_FALSE(dry->switched);
    CHECK(models->stock().get("tv")->on_hand == Quantity{7});

    const auto real = models->stock().rebuild({});
    REQUIRE(real);
    CHECK(real->differences == 1);
    CHECK(real->switched);
    CHECK(models->stock().get("tv")->on_hand == Quantity{10});
    const auto again = models->stock().rebuild({.dry_run = true});
    REQUIRE(again);
    CHECK(again->differences == 0);
}

TEST_CASE("a table that cannot be read is named as the cause, its rows are not called missing, a rebuild mends it") {
    ViewsDirectory directory;
    Log log;
    for (int i = 0; i < 30; ++i) log.append("stock-" + std::to_string(i), stock::event::Received{Quantity{1}});
    open(directory.path(), log)->catch_up();
    damage_stock_table(directory.path());

    const auto models = open(directory.path(), log);
    const auto dry = models->stock().rebuild({.dry_run = true});
    REQUIRE(dry);
    CHECK(dry->damage.find("checksum mismatch") != std::string::npos);
    CHECK(dry->differences == 1);
    REQUIRE(dry->first_differences.size() == 1);
    CHECK(dry->first_differences[0].what == "the old one cannot be read: " + dry->damage);

    const auto real = models->stock().rebuild({});
    REQUIRE(real);
    CHECK(real->switched);
    CHECK(models->stock().get("7")->on_hand == Quantity{1});
    CHECK(models->stock().rebuild({.dry_run = true})->damage.empty());
}

TEST_CASE("what was rebuilt is still in use after a restart, and goes on") {
    ViewsDirectory directory;
    Log log;
    RandomHistory history{30};
    history.append_to(log, 300);
    {
        const auto models = open(directory.path(), log);
        const auto report = models->orders().rebuild({});  // nothing was there yet
        REQUIRE(report);
        CHECK_FALSE(report->compared);
        CHECK(report->switched);
    }
    history.append_to(log, 100);
    const auto models = open(directory.path(), log);
    CHECK(models->orders().position().value > 0);
    models->catch_up();
    CHECK(models->check().empty());
}

TEST_CASE("rows that the model does not promise, or that are listed wrongly, are found by a check") {
    ViewsDirectory directory;
    Log log;
    log.append("product-tv", registered("TV"));
    open(directory.path(), log)->catch_up();
    SUBCASE("oversold") {
        damage_stock(directory.path(), "tv", [](StockLevels::Row& row) { row.reserved = Quantity{1}; });
        const auto findings = open(directory.path(), log)->check();
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].what == "row tv: more is reserved than on hand");
    }
    SUBCASE("listed under another name") {
        damage_stock(directory.path(), "tv", [](StockLevels::Row& row) { row.product_name = "Radio"; });
        const auto findings = open(directory.path(), log)->check();
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].name == "stock_levels");
        CHECK(findings[0].what == "its index does not agree with its rows");
    }
}

TEST_CASE("a rebuild beside a running worker loses nothing that arrives meanwhile") {
    ViewsDirectory directory;
    Log log;
    RandomHistory history{40};
    history.append_to(log, 500);
    const auto models = open(directory.path(), log);
    models->catch_up();
    models->start();
    std::jthread teller{[&] { history.append_to(log, 1'000); }};
    std::jthread reader{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto page = models->orders().page(OrderHistory::all(), {"", 20});
            if (!page || page->rows.size() != 20) FAIL_CHECK("a page is missing rows while the generations change");
        }
    }};
    std::size_t told = 0;
    RebuildOptions options;
    options.progress = [&](const RebuildProgress& progress) {
        ++told;
        CHECK(progress.position <= progress.head);
    };
    for (auto* model : models->all()) {
        const auto report = model->rebuild(options);
        REQUIRE(report);
        CHECK(report->differences == 0);
        CHECK(model->status().running);
    }
    CHECK(told >= 5);
    reader.request_stop();
    reader.join();
    teller.join();
    for (auto* model : models->all()) CHECK(model->seen().wait(log.store().head()));
    models->stop();
    CHECK(models->check().empty());
}

TEST_CASE("a rebuild takes up what was parked once it can be read; until then it parks it again") {
    ViewsDirectory directory;
    Log log;
    log.append("stock-tv", stock::event::Received{Quantity{1}});
    log.append_poison("stock-tv", "stock.reserved");
    const auto models = open(directory.path(), log);
    models->catch_up();
    const auto report = models->stock().rebuild({});
    REQUIRE(report);
    CHECK(report->parked_keys == 1);
    CHECK(report->differences == 0);
    CHECK(models->stock().parked(9).size() == 1);
}

TEST_CASE("a row whose bytes are no row stops its model with the reason, and a rebuild starts it again") {
    ViewsDirectory directory;
    Log log;
    log.append("product-tv", registered("TV"));
    log.append("product-pc", registered("PC"));
    open(directory.path(), log)->catch_up();
    replace_stock(directory.path(), "tv", [](const std::string&) { return "no row"; });

    const auto models = open(directory.path(), log);
    models->start();
    CHECK_THROWS_AS(static_cast<void>(models->stock().get("tv")), StorageError);
    CHECK(models->stock().get("pc"));
    const auto position = log.append("stock-tv", stock::event::Received{Quantity{1}});
    CHECK(models->orders().seen().wait(position));  // the others go on
    REQUIRE(eventually(std::chrono::seconds{20}, "the model has stopped",
                       [&] { return !models->stock().status().running; }));
    CHECK(models->stock().status().failure == "row tv of stock_levels is damaged; rebuild it");
    CHECK(models->stock().status().lag_events == 1);

    const auto report = models->stock().rebuild({});
    REQUIRE(report);
    CHECK(report->differences == 1);
    CHECK(report->first_differences[0].what ==
          "the old one cannot be read: row tv of stock_levels is damaged; rebuild it");
    CHECK(models->stock().status().running);
    CHECK(models->stock().status().failure.empty());
    CHECK(models->stock().get("tv")->on_hand == Quantity{1});
    CHECK(models->stock().seen().wait(log.append("stock-tv", stock::event::Received{Quantity{1}})));
    CHECK(models->stock().get("tv")->on_hand == Quantity{2});
}
