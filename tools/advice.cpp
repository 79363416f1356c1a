#include "tools/advice.hpp"

#include <string_view>
#include <utility>

namespace sillok {

namespace {

struct Advice {
    std::string_view reason;  // as the C library, RocksDB or Sillok says it
    std::string_view what;
};

constexpr Advice all_advice[] = {
    {"No space left on device", "free space on that disk, or choose another one"},
    {"Disk quota exceeded", "free space, or choose another disk"},
    {"File too large", "raise the limit on the size of files (ulimit -f)"},
    {"Read-only file system", "choose a directory that can be written to"},
    {"Permission denied", "give this user the right to it, or choose another path"},
    {"Operation not permitted", "give this user the right to it, or choose another path"},
    {"Not a directory", "a part of the path is a file: choose another path"},
    {"is not a directory", "choose another path"},
    {"is not an empty directory", "choose a path where nothing is yet"},
    {"Too many open files", "raise the limit on open files (ulimit -n)"},
    {"is in use by another process", "stop that process first, or choose another path"},
    {"a newer Sillok wrote it", "use that version of Sillok"},
};

}  // namespace

std::string with_advice(std::string sentence) {
    if (sentence.find("; choose") != std::string::npos || sentence.find(": stop") != std::string::npos) return sentence;
    for (const auto& [reason, what] : all_advice) {
        if (sentence.find(reason) == std::string::npos) continue;
        sentence += "; ";
        sentence += what;
        break;
    }
    return sentence;
}

}  // namespace sillok
