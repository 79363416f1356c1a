// One function object out of several: a lambda for each alternative of a std::variant.
#pragma once

namespace sillok {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace sillok
