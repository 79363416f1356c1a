// The calling thread's name, as `top -H` and profilers show it. The kernel keeps 15 bytes of it.
#pragma once

#include <string>
#include <string_view>

#include <pthread.h>

namespace sillok {

inline void name_this_thread(std::string_view name) {
    pthread_setname_np(pthread_self(), std::string{name.substr(0, 15)}.c_str());
}

}  // namespace sillok
