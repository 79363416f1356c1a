// SILLOK_ASSERT(condition): what only a bug can break. It holds in every build type, also where NDEBUG is defined: a
// log that goes on after a broken invariant would make the damage durable.
//
// Errors:  a condition that is false prints itself with its file and line on standard error and aborts the process.
#pragma once

#define SILLOK_ASSERT(...) \
    ((__VA_ARGS__) ? static_cast<void>(0) : ::sillok::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))

namespace sillok {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace sillok
