#include "sagas/payments/failing_calls.hpp"

#include <algorithm>

namespace sillok {

bool CallGroup::has(const CallTraits& call) const {
    return any() && (!customer || customer == call.customer) && (!amount || amount == call.amount);
}

// A clock that was set back leaves nothing in the window for longer.
bool FailingCalls::is_in_window(Timestamp at, Timestamp now) const {
    return at <= now && now.value - at.value < window_.count();
}

bool FailingCalls::knows(const CallTraits& call, Timestamp now) const {
    const auto covers = [&](const Exempt& one) { return now < one.until && one.group.has(call); };
    if (std::ranges::any_of(exempt_, covers)) return true;
    if (call.key.is_nil()) return false;
    return std::ranges::any_of(
        calls_, [&](const Failed& one) { return one.call.key == call.key && is_in_window(one.at, now); });
}

void FailingCalls::failed(const CallTraits& call, bool is_everybodys, Timestamp now) {
    calls_.push_back({call, is_everybodys, now});
    while (!calls_.empty() && (calls_.size() > calls_max || !is_in_window(calls_.front().at, now))) {
        calls_.pop_front();
        if (in_a_row_from_ > 0) --in_a_row_from_;
    }
}

void FailingCalls::answered(const CallTraits& call, Timestamp now) {
    last_answered_ = call;
    last_answered_at_ = now;
    in_a_row_from_ = calls_.size();
    if (!exempt_.empty() && !call.is_query)
        std::erase_if(exempt_, [&](const Exempt& one) { return one.group.has(call); });
}

CallGroup FailingCalls::common(Timestamp now) const {
    std::optional<CallGroup> group;
    for (const auto& [call, is_everybodys, at] : calls_) {
        if (!is_in_window(at, now)) continue;
        if (is_everybodys) return {};
        if (!group) group = CallGroup{call.customer, call.amount};
        if (group->customer != call.customer) group->customer.reset();
        if (group->amount != call.amount) group->amount.reset();
    }
    return group.value_or(CallGroup{});
}

std::size_t FailingCalls::in_a_row(Timestamp now) const {
    std::size_t count = 0;
    for (auto i = in_a_row_from_; i < calls_.size(); ++i) {
        const auto& one = calls_[i];
        if (!one.is_everybodys && !one.call.key.is_nil() && is_in_window(one.at, now)) ++count;
    }
    return count;
}

bool FailingCalls::others_are_answered(const CallGroup& group, Timestamp now) const {
    return last_answered_ && (last_answered_->is_query || !group.has(*last_answered_)) &&
           is_in_window(last_answered_at_, now) && (calls_.empty() || last_answered_at_ >= calls_.front().at);
}

void FailingCalls::exempt(const CallGroup& group, Timestamp now) {
    exempt_.push_back({group, Timestamp{now.value + std::chrono::milliseconds{exempt_for}.count()}});
    if (exempt_.size() > exempt_max) exempt_.pop_front();
    clear();
}

void FailingCalls::clear() {
    calls_.clear();
    in_a_row_from_ = 0;
}

}  // namespace sillok
