// A log in memory and read models in a temporary directory: given events, then rows.
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/customer.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "projections/read_models.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sillok::testing {

// In memory where the system offers that: nothing here has to survive, and RocksDB syncs often.
class ViewsDirectory : public TemporaryDirectory {
   public:
    ViewsDirectory() : TemporaryDirectory(parent()) {}

   private:
    static std::filesystem::path parent() {
        const bool in_memory = std::getenv("TMPDIR") == nullptr && std::filesystem::is_directory("/dev/shm");
        return in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    }
};

// Encodes one event without naming its family.
template <class Event>
NewEvent stored(const Event& event) {
    return {std::string{Event::name.type}, Event::name.schema_version, to_bytes(event)};
}

class Log {
   public:
    template <class... Events>
    Position append(const std::string& stream, const Events&... events) {
        return append_raw(stream, {stored(events)...});
    }

    Position append_raw(const std::string& stream, std::vector<NewEvent> events) {
        const auto version = store_.version_of(stream);
        Commit commit;
        commit.metadata.time = Timestamp{1'000 * ++clock_};
        commit.appends.push_back(
            {stream, version.value == 0 ? Expected{NoStream{}} : Expected{version}, std::move(events)});
        const auto appended = store_.append_and_wait(commit);
        REQUIRE(appended);
        return appended->last;
    }

    Position append_poison(const std::string& stream, const std::string& type) {
        return append_raw(stream, {NewEvent{type, 1, "\xff"}});
    }

    EventStore& store() { return store_; }

   private:
    std::int64_t clock_ = 0;
    EventStore store_{std::make_unique<MemoryLog>()};
};

inline std::unique_ptr<ReadModels> open(const std::filesystem::path& directory, Log& log,
                                        ReadModels::Mode mode = ReadModels::Mode::create) {
    auto models = ReadModels::open(directory, log.store(), mode);
    if (!models) FAIL(models.error());
    return std::move(*models);
}

// Given events, the read models have seen them all.
struct ProjectionFixture {
    ViewsDirectory directory;
    Log log;
    std::unique_ptr<ReadModels> models = open(directory.path(), log);

    template <class... Events>
    Position given(const std::string& stream, const Events&... events) {
        const auto position = log.append(stream, events...);
        models->catch_up();
        return position;
    }
};

constexpr Currency won{{'K', 'R', 'W'}};

inline product::event::Registered registered(std::string name, std::int64_t price = 10'000) {
    return {std::move(name), Money{price, won}, "", ""};
}
inline order::event::Placed placed(const std::string& customer, const std::string& product = "tv",
                                   std::int64_t quantity = 1) {
    return {CustomerId{customer},
            "name of " + customer,
            "address of " + customer,
            {{ProductId{product}, "name of " + product, Quantity{quantity}, Money{10'000, won}}},
            Money{10'000 * quantity, won}};
}

// Random history of many orders, products and sagas, told in pieces that interleave.
class RandomHistory {
   public:
    explicit RandomHistory(std::uint32_t seed) : random_(seed) {}

    void append_to(Log& log, int pieces) {
        for (int piece = 0; piece < pieces; ++piece) {
            switch (below(8)) {
                case 0: place(log); break;
                case 1: change_product(log); break;
                case 2:
                    log.append("customer-" + std::to_string(next_++), customer::event::SignedUp{"a", "b", "c"});
                    break;
                default: go_on(log); break;
            }
        }
    }

   private:
    struct OrderSoFar {
        std::string id, customer, product;
        int stage = 0;
    };

    std::uint32_t below(std::uint32_t limit) {
        return std::uniform_int_distribution<std::uint32_t>{0, limit - 1}(random_);
    }

    void place(Log& log) {
        OrderSoFar order{"o-" + std::to_string(next_++), "c-" + std::to_string(below(5)),
                         "p-" + std::to_string(below(7))};
        log.append("order-" + order.id, placed(order.customer, order.product, 1 + below(3)));
        log.append(
            "saga-fulfilment-" + order.id,
            saga::event::Started{"fulfilment", 1, OrderId{order.id}, CustomerId{order.customer}, "", {}, {}, {}, {}});
        orders_.push_back(std::move(order));
    }

    void change_product(Log& log) {
        const auto id = "p-" + std::to_string(below(7));
        const auto product = "product-" + id;
        switch (below(4)) {
            case 0:
            case 1:
                if (registered_.insert(id).second)
                    log.append(product, registered("Product " + id));
                else
                    log.append(product, product::event::Revised{"Other " + id, Money{5, won}, "d", "k"});
                break;
            case 2: log.append("stock-" + id, stock::event::Received{Quantity{1 + below(50)}}); break;
            default: log.append("stock-" + id, stock::event::Adjusted{Quantity{3}, "found"}); break;
        }
    }

    void go_on(Log& log) {
        if (orders_.empty()) return;
        auto& order = orders_[below(static_cast<std::uint32_t>(orders_.size()))];
        const CustomerId customer{order.customer};
        const OrderId id{order.id};
        const auto saga = "saga-fulfilment-" + order.id;
        const Uuid command{{static_cast<std::uint8_t>(order.stage)}};
        switch (order.stage++) {
            case 0:
                log.append(saga, saga::event::CommandScheduled{
                                     "reserve", {}, command, "stock-" + order.product, 1, 1, false, Timestamp{99}});
                break;
            case 1:
                log.append("stock-" + order.product, stock::event::Received{Quantity{5}},
                           stock::event::Reserved{id, Quantity{1}});
                break;
            case 2:
                log.append("payment-" + order.id, payment::event::Requested{customer, Money{10'000, won}},
                           payment::event::Authorised{customer, Money{10'000, won}, "ref"});
                break;
            case 3:
                if (below(4) == 0) {
                    log.append("order-" + order.id,
                               order::event::Rejected{customer, "insufficient-stock", "none left"});
                    log.append(saga, saga::event::CompensationStarted{"insufficient-stock", ""},
                               saga::event::Ended{saga::Ending::compensated, "insufficient-stock"});
                    order.stage = 100;
                    break;
                }
                log.append("order-" + order.id, order::event::Confirmed{customer});
                break;
            case 4: log.append("delivery-" + order.id, delivery::event::Prepared{customer, "address"}); break;
            case 5:
                log.append("delivery-" + order.id, delivery::event::Started{customer, "carrier", "T-1"});
                log.append("stock-" + order.product, stock::event::Committed{id, Quantity{1}});
                break;
            case 6: log.append("delivery-" + order.id, delivery::event::Completed{customer}); break;
            case 7:
                log.append("order-" + order.id, order::event::Completed{customer});
                log.append(saga, saga::event::Ended{saga::Ending::completed, ""});
                break;
            default: break;
        }
    }

    std::mt19937 random_;
    int next_ = 0;
    std::vector<OrderSoFar> orders_;
    std::set<std::string> registered_;
};

template <class Row, Projection P>
std::vector<Row> rows_of(const View<P>& view) {
    std::vector<Row> rows;
    view.each([&](const Row& row) {
        rows.push_back(row);
        return true;
    });
    return rows;
}

// All rows of all read models, to compare two of them.
struct Contents {
    std::vector<OrderHistory::Row> orders;
    std::vector<StockLevels::Row> stock;
    std::vector<DeliveryStatus::Row> deliveries;
    std::vector<Notifications::Row> notifications;
    std::vector<SagaMonitor::Row> sagas;
    friend bool operator==(const Contents&, const Contents&) = default;
};

inline Contents contents(ReadModels& models) {
    return {rows_of<OrderHistory::Row>(models.orders()), rows_of<StockLevels::Row>(models.stock()),
            rows_of<DeliveryStatus::Row>(models.deliveries()), rows_of<Notifications::Row>(models.notifications()),
            rows_of<SagaMonitor::Row>(models.sagas())};
}

// The keys of a selection's rows, read page by page.
template <Projection P, class KeyOf>
std::vector<std::string> listed(const View<P>& view, const Selection& selection, KeyOf key_of,
                                std::size_t limit = 500) {
    std::vector<std::string> keys;
    PageRequest request{"", limit};
    do {
        const auto page = view.page(selection, request);
        REQUIRE(page);
        REQUIRE(page->rows.size() <= limit);
        for (const auto& row : page->rows) keys.push_back(key_of(row));
        request.cursor = page->next_cursor;
    } while (!request.cursor.empty());
    return keys;
}

}  // namespace sillok::testing
