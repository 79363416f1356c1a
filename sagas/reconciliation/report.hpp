// The result of a reconciliation.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sillok::reconciliation {

// Concerns an order, a product, both, or neither: an event or an account that belongs to none.
struct Difference {
    std::string order;
    std::string product;
    std::string what;
    friend bool operator==(const Difference&, const Difference&) = default;
};

struct MoneySums {  // minor units
    std::int64_t authorised = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::int64_t voided = 0;
    friend bool operator==(const MoneySums&, const MoneySums&) = default;
};

struct Report {
    std::uint64_t events = 0;
    std::uint64_t orders = 0;
    std::uint64_t products = 0;    // that have stock
    std::uint64_t authorised = 0;  // payments, each once
    std::uint64_t captured = 0;
    std::uint64_t refunded = 0;  // wholly or in part
    std::uint64_t voided = 0;
    std::map<std::string, MoneySums> sums;  // by currency
    std::vector<Difference> open;           // payments without an outcome, and parked sagas
    std::vector<Difference> explained;      // would be differences, had no operator said why
    std::vector<Difference> differences;    // all by order, then by product

    [[nodiscard]] bool ok() const { return differences.empty(); }
};

}  // namespace sillok::reconciliation
