// Random numbers from the machine.
#pragma once

#include <cstdint>

namespace sillok {

// Returns 64 random bits. Each thread has its own generator, seeded by the operating system. Not for secrets.
std::uint64_t random_bits();

}  // namespace sillok
