// The language of the sagas' tests: a saga without a runtime, told what it hears and what came of its commands.
//
//     Tale tale = Tale::of<Fulfilment>({{"tv", 3}});
//     CHECK(tale.hears("order.placed") == lines{"started", "intends reserve stock-tv"});
//     CHECK(tale.is_done() == lines{"done reserve", "intends authorise payment-o1"});
#pragma once

#include "sagas/engine/process_manager.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::saga {

using lines = std::vector<std::string>;

// A journal event in a few words: "intends reserve stock-tv", "undone authorise", "refused confirm order-unknown".
std::string told(const Event& event);

class Tale {
   public:
    template <ProcessManager P>
    static Tale of(std::vector<std::pair<std::string, std::int64_t>> items) {
        return {manager<P>("test"), std::move(items)};
    }

    // Each returns what is written because of it, in words.
    lines hears(std::string_view type);        // at the next position
    lines hears_again(std::string_view type);  // the last trigger, at its old position
    lines is_done();                           // the open intent
    lines is_refused(std::string code);
    lines is_unknown();
    // The answer to that command comes a second time. Changes nothing.
    void is_settled_again(const Uuid& command_id);
    lines passes(std::int64_t ms);  // time goes by
    // What an operator does; or why not, as {"not allowed: past the pivot"}.
    lines intervenes(const Intervention& intervention);
    void provider_is_spared(bool spared) { spared_ = spared; }
    // So long after it was placed an order must be confirmed.
    void has_time(std::int64_t ms) { pivot_by_ = Timestamp{now_.value + ms}; }

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] const std::vector<Event>& journal() const { return journal_; }
    [[nodiscard]] std::optional<Intent> owed() const { return manager_.resume(state_); }
    [[nodiscard]] Timestamp now() const { return now_; }

    // The same saga after a crash that left only the first `events` of its journal.
    [[nodiscard]] Tale cut(std::size_t events) const;
    // What follows of itself, without anything being heard or answered.
    lines goes_on();

   private:
    Tale(Manager manager, std::vector<std::pair<std::string, std::int64_t>> items);

    lines hear(std::string_view type, Position at);
    lines settle(Answer answer);
    void write(Event event);
    DecisionContext moment();

    Manager manager_;
    std::vector<std::pair<std::string, std::int64_t>> items_;
    State state_;
    std::vector<Event> journal_;
    Position heard_;
    Timestamp now_{1'000'000};
    Timestamp pivot_by_;
    bool spared_ = false;
    std::optional<Timestamp> spared_until_;
};

}  // namespace sillok::saga
