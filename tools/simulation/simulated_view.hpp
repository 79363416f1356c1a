// A read model that follows the log in simulated time: the real projection, with rows in memory that are made durable
// every now and then together with how far they go. A crash takes it back to there.
#pragma once

#include "aggregates/codec/event_bytes.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/projection.hpp"
#include "tools/simulation/faults.hpp"

#include <spdlog/fmt/fmt.h>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::simulation {

class SimulatedView {
   public:
    virtual ~SimulatedView() = default;
    [[nodiscard]] virtual bool is_behind(const EventStore& store) const = 0;
    // Takes up to `limit` events that come next.
    virtual void take(const EventStore& store, std::size_t limit) = 0;
    virtual void make_durable() = 0;
    virtual void crash() = 0;
    // In which rows it differs from a model made of the same events afresh.
    [[nodiscard]] virtual std::vector<std::string> differences(const EventStore& store) const = 0;
};

template <Projection P>
class ViewOf final : public SimulatedView {
   public:
    explicit ViewOf(InjectedBug injected_bug) : injected_bug_(injected_bug) {}

    [[nodiscard]] bool is_behind(const EventStore& store) const override { return live_.position < store.head(); }
    void take(const EventStore& store, std::size_t limit) override { take(live_, store, limit); }
    void make_durable() override { durable_ = live_; }
    void crash() override {
        const auto position = live_.position;
        live_ = durable_;
        if (injected_bug_ == InjectedBug::checkpoint_ahead) live_.position = position;
        if (injected_bug_ == InjectedBug::checkpoint_behind && live_.position.value > 0)
            live_.position.value -= std::min<std::uint64_t>(live_.position.value, 200);
    }

    [[nodiscard]] std::vector<std::string> differences(const EventStore& store) const override {
        auto present = live_;
        Rows fresh;
        while (take(present, store, page)) continue;
        while (take(fresh, store, page)) continue;
        std::vector<std::string> found;
        for (const auto& [key, row] : fresh.rows)
            if (const auto mine = present.rows.find(key);
                mine == present.rows.end() || to_bytes(mine->second) != to_bytes(row))
                found.push_back(fmt::format("{} row {} differs from a fresh replay", P::name, key));
        for (const auto& [key, row] : present.rows)
            if (!fresh.rows.contains(key))
                found.push_back(fmt::format("{} row {} is in no fresh replay", P::name, key));
        return found;
    }

   private:
    static constexpr std::size_t page = 4'096;
    struct Rows {
        std::map<std::string, typename P::Row> rows;
        Position position;
    };

    static bool take(Rows& model, const EventStore& store, std::size_t limit) {
        const auto batch = store.read_log(model.position, limit);
        for (const auto& event : batch) {
            model.position = event.position;
            const auto key = P::key(event);
            if (!key) continue;
            std::optional<typename P::Row> row;
            const auto found = model.rows.find(*key);
            if (found != model.rows.end()) row = std::move(found->second);
            row = P::project(std::move(row), event);
            if (row)
                model.rows.insert_or_assign(*key, *std::move(row));
            else
                model.rows.erase(*key);
        }
        return !batch.empty();
    }

    const InjectedBug injected_bug_;
    Rows live_;
    Rows durable_;
};

}  // namespace sillok::simulation
