#include "eventstore/base/random.hpp"

#include <random>

namespace sillok {

std::uint64_t random_bits() {
    thread_local std::mt19937_64 generator = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64{seed};
    }();
    return generator();
}

}  // namespace sillok
