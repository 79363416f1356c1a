#include "tests/eventstore/linearizable.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

namespace sillok::linearizable {
namespace {

// The stream after an operation took effect, or nothing when it could not have had its answer then.

std::optional<Content> after(const Content& before, const Append& append) {
    if (append.answer == Answer::conflict) {
        const bool told_the_truth = append.actual == before.size() && append.actual != append.expected;
        return told_the_truth ? std::optional{before} : std::nullopt;
    }
    if (append.expected != before.size()) return std::nullopt;
    Content content = before;
    content.insert(content.end(), append.events.begin(), append.events.end());
    return content;
}

std::optional<Content> after(const Content& before, const Read& read) {
    return read.seen == before ? std::optional{before} : std::nullopt;
}

std::optional<Content> after(const Content& before, const AskVersion& ask) {
    return ask.seen == before.size() ? std::optional{before} : std::nullopt;
}

// Calls and answers in their order, as a list from which an operation's two ends can be taken out and put back.
class Timeline {
   public:
    explicit Timeline(const History& history) {
        std::vector<std::pair<std::uint64_t, End>> in_order;
        for (std::size_t number = 0; number < history.size(); ++number) {
            in_order.emplace_back(history[number].called, End{number, true});
            if (history[number].answered != never) in_order.emplace_back(history[number].answered, End{number, false});
        }
        std::ranges::sort(in_order, {}, [](const auto& one) { return one.first; });
        ends_.resize(1);  // the head
        call_.resize(history.size());
        answer_.resize(history.size());
        for (const auto& [when, end] : in_order) {
            (end.is_call ? call_ : answer_)[end.operation] = ends_.size();
            ends_.push_back(end);
        }
        for (std::size_t at = 0; at < ends_.size(); ++at) {
            ends_[at].next = at + 1 == ends_.size() ? 0 : at + 1;
            ends_[at].previous = at == 0 ? ends_.size() - 1 : at - 1;
        }
    }

    static constexpr std::size_t head = 0;
    [[nodiscard]] std::size_t next(std::size_t at) const { return ends_[at].next; }
    [[nodiscard]] bool is_call(std::size_t at) const { return ends_[at].is_call; }
    [[nodiscard]] std::size_t operation(std::size_t at) const { return ends_[at].operation; }
    [[nodiscard]] std::size_t call_of(std::size_t operation) const { return call_[operation]; }

    void take_out(std::size_t operation) {
        unlink(call_[operation]);
        if (answer_[operation] != head) unlink(answer_[operation]);
    }
    // REQUIRES: it was the last one taken out.
    void put_back(std::size_t operation) {
        if (answer_[operation] != head) relink(answer_[operation]);
        relink(call_[operation]);
    }

   private:
    struct End {
        std::size_t operation = 0;
        bool is_call = false;
        std::size_t next = 0;
        std::size_t previous = 0;
    };
    void unlink(std::size_t at) {
        ends_[ends_[at].previous].next = ends_[at].next;
        ends_[ends_[at].next].previous = ends_[at].previous;
    }
    void relink(std::size_t at) {
        ends_[ends_[at].previous].next = at;
        ends_[ends_[at].next].previous = at;
    }

    std::vector<End> ends_;
    std::vector<std::size_t> call_, answer_;  // by operation; head where there is none
};

std::string numbers(const Content& content) {
    std::string text;
    for (const auto number : content) text += (text.empty() ? "" : " ") + std::to_string(number);
    return "[" + text + "]";
}

std::string said(const Append& append) {
    const auto asked = "append " + numbers(append.events) + " at " + std::to_string(append.expected);
    if (append.answer == Answer::accepted) return asked + ": accepted";
    if (append.answer == Answer::none) return asked + ": no answer";
    return asked + ": conflict with " + std::to_string(append.actual);
}
std::string said(const Read& read) { return "read: " + numbers(read.seen); }
std::string said(const AskVersion& ask) { return "version: " + std::to_string(ask.seen); }

}  // namespace

bool holds(const History& history) {
    struct Step {
        std::size_t operation;
        Content before;
    };
    Timeline timeline{history};
    std::vector<Step> story;
    std::vector<bool> told_already(history.size());
    std::set<std::pair<std::vector<bool>, Content>> tried;
    Content content;
    auto untold = std::ranges::count_if(history, [](const Operation& one) { return one.answered != never; });

    auto at = timeline.next(Timeline::head);
    while (untold > 0) {
        if (timeline.is_call(at)) {
            const auto number = timeline.operation(at);
            auto then = std::visit([&](const auto& what) { return after(content, what); }, history[number].what);
            told_already[number] = true;
            if (then && tried.emplace(told_already, *then).second) {
                story.push_back({number, std::exchange(content, *std::move(then))});
                timeline.take_out(number);
                if (history[number].answered != never) --untold;
                at = timeline.next(Timeline::head);
                continue;
            }
            told_already[number] = false;
            at = timeline.next(at);
        } else {  // an answer whose operation has not taken effect: the story so far is wrong
            if (story.empty()) return false;
            auto [number, before] = std::move(story.back());
            story.pop_back();
            content = std::move(before);
            told_already[number] = false;
            timeline.put_back(number);
            if (history[number].answered != never) ++untold;
            at = timeline.next(timeline.call_of(number));
        }
    }
    return true;
}

std::string told(const History& history) {
    std::vector<const Operation*> by_call;
    for (const auto& operation : history) by_call.push_back(&operation);
    std::ranges::sort(by_call, {}, [](const Operation* one) { return one->called; });
    std::string lines;
    for (const auto* one : by_call)
        lines += std::to_string(one->called) + "-" + (one->answered == never ? "" : std::to_string(one->answered)) +
                 " " + std::visit([](const auto& what) { return said(what); }, one->what) + '\n';
    return lines;
}

}  // namespace sillok::linearizable
