#include "tools/advice.hpp"

#include <algorithm>
#include <iterator>

namespace sillok {

namespace {

struct Advice {
    std::string_view reason;  // as the C library, RocksDB or Sillok says it
    std::string_view code;
    std::string_view what;  // empty: the sentence says it
};

// The first whose reason is in the sentence counts: causes stand before what they lead to.
constexpr Advice all_advice[] = {
    {"No space left on device", "disk-full", "free space on that disk, or choose another one"},
    {"Disk quota exceeded", "disk-full", "free space, or choose another disk"},
    {"File too large", "disk-full", "raise the limit on the size of files (ulimit -f)"},
    {"there is no room in ", "disk-full", "free space on that disk, or choose another one"},
    {"Read-only file system", "read-only", "choose a directory that can be written to"},
    {"Permission denied", "permission-denied", "give this user the right to it, or choose another path"},
    {"Operation not permitted", "permission-denied", "give this user the right to it, or choose another path"},
    {"Not a directory", "wrong-path", "a part of the path is a file: choose another path"},
    {"is not a directory", "wrong-path", "choose another path"},
    {"Is a directory", "wrong-path", "choose a file"},
    {"is not an empty directory", "not-empty", "choose a path where nothing is yet"},
    {"File exists", "not-empty", "choose a path where nothing is yet"},
    {"Too many open files", "limit-reached", "raise the limit on open files (ulimit -n)"},
    {"ulimit", "limit-reached", ""},
    {"Resource temporarily unavailable", "limit-reached",
     "raise the limit on threads (ulimit -u, or a container's pids) or on memory (ulimit -v)"},
    {"there is no memory left", "limit-reached",
     "raise the limit on memory (ulimit -v, or a container's), or give the machine more"},
    {"is in use by another process", "in-use", "stop that process first, or choose another path"},
    {"a newer Sillok wrote it", "newer-format", "use that version of Sillok"},
    {"No such file or directory", "not-found", ""},
    {"there is no ", "not-found", ""},
    {"is no Sillok data directory", "not-found", ""},
    {"is damaged", "damaged", ""},
    {"checksum mismatch", "damaged", "a file is damaged: restore a backup"},
};

const Advice* advice_for(const std::string& sentence) {
    const auto* found = std::ranges::find_if(
        all_advice, [&](const auto& advice) { return sentence.find(advice.reason) != std::string::npos; });
    return found == std::end(all_advice) ? nullptr : found;
}

}  // namespace

std::string with_advice(std::string sentence) {
    if (sentence.find("; choose") != std::string::npos || sentence.find(": stop") != std::string::npos) return sentence;
    if (const auto* advice = advice_for(sentence); advice != nullptr && !advice->what.empty()) {
        sentence += "; ";
        sentence += advice->what;
    }
    return sentence;
}

std::string_view code_of(const std::string& sentence) {
    const auto* advice = advice_for(sentence);
    return advice == nullptr ? "failed" : advice->code;
}

}  // namespace sillok
