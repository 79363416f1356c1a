#include "sagas/engine/saga_notice.hpp"

namespace sillok::saga {
namespace {

using Type = ProviderOperation::Type;

bool is_made_for(Act act, Type type) {
    switch (act) {
        case Act::authorise_payment: return type == Type::authorise;
        case Act::capture_payment: return type == Type::capture;
        case Act::undo_payment: return type == Type::void_ || type == Type::refund;
        default: return false;
    }
}

}  // namespace

std::optional<Mismatch> mismatch_of(const ProviderOperation& operation, Act act,
                                    const payment::Payment::State& payment) {
    if (!is_made_for(act, operation.type)) return Mismatch::operation;
    if (!operation.customer.value.empty() && operation.customer != payment.customer) return Mismatch::customer;
    if (operation.amount.currency != payment.requested.currency) return Mismatch::currency;
    const bool is_refund = operation.type == Type::refund;
    if (is_refund ? operation.amount.amount > payment.captured.amount : operation.amount != payment.requested)
        return Mismatch::amount;
    const bool has_reference = !payment.reference.empty() && (operation.type != Type::authorise || !operation.declined);
    if (has_reference && operation.reference != payment.reference) return Mismatch::reference;
    return std::nullopt;
}

}  // namespace sillok::saga
