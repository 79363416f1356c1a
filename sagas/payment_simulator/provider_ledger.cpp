#include "sagas/payment_simulator/provider_ledger.hpp"

#include "eventstore/base/assertion.hpp"

#include <utility>

namespace sillok {
namespace {

using Type = ProviderOperation::Type;

bool is_same_call(const ProviderOperation& operation, const OperationRequest& request) {
    if (operation.type == Type::give_up) return true;
    if (operation.type != request.type || operation.order != request.order) return false;
    if (request.type == Type::authorise)
        return operation.customer == request.customer && operation.amount == request.amount;
    return operation.reference == request.reference &&
           (request.type == Type::void_ || operation.amount == request.amount);
}

std::expected<void, std::string> apply(const ProviderOperation& operation, LedgerEntry& entry) {
    switch (operation.type) {
        case Type::capture: return capture(entry, operation.amount.amount);
        case Type::refund: return refund(entry, operation.amount.amount);
        default: return void_authorisation(entry);
    }
}

}  // namespace

const ProviderOperation* ProviderLedger::find(const Uuid& key) const {
    const auto found = operations_.find(key);
    return found == operations_.end() ? nullptr : &found->second;
}

const LedgerAccount* ProviderLedger::account(std::string_view reference) const {
    const auto found = by_reference_.find(reference);
    return found == by_reference_.end() ? nullptr : found->second.account;
}

bool ProviderLedger::has_room_for(Type type) const {
    if (when_full_ == WhenFull::forget_oldest) return true;
    if (type == Type::authorise) return authorisations_ < authorisations_max_;
    return (operations_.size() - authorisations_) / 4 < authorisations_max_;
}

std::expected<ProviderOperation, LedgerError> ProviderLedger::prepare(const OperationRequest& request) const {
    if (const auto* known = find(request.key)) {
        if (!is_same_call(*known, request)) return std::unexpected(LedgerError::key_used);
        return *known;
    }
    ProviderOperation operation{request.type,   request.key,       request.order, request.customer,
                                request.amount, request.reference, std::nullopt};
    if (request.type == Type::authorise) {
        operation.reference = request.key.text();
    } else {
        const auto* of = account(request.reference);
        if (of == nullptr) return std::unexpected(LedgerError::reference_unknown);
        if (of->entry.order != request.order) return std::unexpected(LedgerError::order_differs);
        if (request.type == Type::void_)
            operation.amount = of->entry.authorised;
        else if (of->entry.authorised.currency != request.amount.currency)
            return std::unexpected(LedgerError::currency_differs);
        operation.customer = of->entry.customer;
    }
    if (!has_room_for(request.type)) return std::unexpected(LedgerError::full);
    return operation;
}

const ProviderOperation& ProviderLedger::post(ProviderOperation operation, std::optional<std::string> decline) {
    operation.declined = std::move(decline);
    operation.time = now_;
    if (operation.type == Type::authorise) {
        ++authorisations_;
        if (!operation.declined) assume({operation.reference, {operation.order, operation.customer, operation.amount}});
    } else if (operation.declined) {
        // Nothing moves.
    } else if (const auto applied = apply(operation, by_reference_.at(operation.reference).account->entry); !applied) {
        operation.declined = applied.error();
    }
    return add(std::move(operation));
}

const ProviderOperation* ProviderLedger::give_up(const Uuid& key) {
    if (const auto* known = find(key)) return known;
    if (!has_room_for(Type::give_up)) return nullptr;
    auto operation = given_up(key);
    operation.time = now_;
    return &add(std::move(operation));
}

const ProviderOperation& ProviderLedger::add(ProviderOperation operation) {
    const auto key = operation.key;
    const auto [entry, fresh] = operations_.emplace(key, std::move(operation));
    SILLOK_ASSERT(fresh);
    if (entry->second.time != Timestamp{}) {
        by_time_.push_back({entry->second.time, key});
        if (const auto of = by_reference_.find(entry->second.reference); of != by_reference_.end()) {
            of->second.last = entry->second.time;
            of->second.keys.push_back(key);
        }
    }
    if (when_full_ == WhenFull::forget_oldest) {
        oldest_keys_.push_back(key);
        if (oldest_keys_.size() > authorisations_max_) {
            operations_.erase(oldest_keys_.front());
            oldest_keys_.pop_front();
        }
    }
    return entry->second;
}

void ProviderLedger::assume(LedgerAccount account) {
    if (when_full_ == WhenFull::forget_oldest && accounts_.size() >= authorisations_max_) {
        by_reference_.erase(accounts_.begin()->second.reference);
        accounts_.erase(accounts_.begin());
    }
    auto& added = accounts_.emplace_hint(accounts_.end(), ++last_number_, std::move(account))->second;
    by_reference_.emplace(added.reference, Known{last_number_, &added, {}, {}});
}

std::vector<Uuid> ProviderLedger::forget(Timestamp before) {
    std::vector<Uuid> forgotten;
    const auto forget_operation = [&](const Uuid& key) {
        const auto found = operations_.find(key);
        if (found->second.type == Type::authorise) --authorisations_;
        operations_.erase(found);
        forgotten.push_back(key);
    };
    for (; !by_time_.empty() && by_time_.front().time < before; by_time_.pop_front()) {
        const auto* operation = find(by_time_.front().key);
        if (operation == nullptr) continue;  // forgotten with its authorisation
        const auto of = by_reference_.find(operation->reference);
        if (of == by_reference_.end()) {
            forget_operation(by_time_.front().key);
            continue;
        }
        // If it is not over, the operation that ends it comes later.
        const auto& known = of->second;
        if (known.last >= before || is_open(known.account->entry)) continue;
        for (const auto& key : known.keys) forget_operation(key);
        const auto number = known.number;
        by_reference_.erase(of);
        accounts_.erase(number);
    }
    return forgotten;
}

std::expected<void, std::string> ProviderLedger::repost(const ProviderOperation& operation) {
    if (find(operation.key) != nullptr) return std::unexpected("its key was used before");
    set_time(operation.time);
    if (operation.type == Type::give_up) {
        if (give_up(operation.key) == nullptr) return std::unexpected(std::string{text(LedgerError::full)});
        return {};
    }
    auto prepared = prepare(
        {operation.type, operation.key, operation.order, operation.customer, operation.amount, operation.reference});
    if (!prepared) return std::unexpected(std::string{text(prepared.error())});
    const auto& again = post(*std::move(prepared), operation.declined);
    if (again != operation) return std::unexpected("it does not follow from the earlier operations");
    return {};
}

std::string_view text(LedgerError error) {
    switch (error) {
        case LedgerError::reference_unknown: return "no such authorisation was approved here";
        case LedgerError::order_differs: return "the authorisation was for another order";
        case LedgerError::currency_differs: return "the authorisation was in another currency";
        case LedgerError::key_used: return "the idempotency key stands for another call";
        case LedgerError::full: return "the ledger is full";
    }
    std::unreachable();
}

}  // namespace sillok
