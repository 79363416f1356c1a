#include "tools/standard_streams.hpp"

#include <fcntl.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sillok {

namespace {

bool output_was_closed = false;

// A file system over the network may say only at closing that there is no room.
bool is_written_at_closing() {
    const int copy = dup(STDOUT_FILENO);
    return copy < 0 || close(copy) == 0;
}

}  // namespace

void open_closed_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // Standard output is opened for reading: what is written there has no reader, so writing must fail.
        output_was_closed = output_was_closed || descriptor == STDOUT_FILENO;
        const int how = descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY;
        if (open("/dev/null", how) != descriptor) std::abort();  // the lowest free number is taken
    }
}

std::optional<std::string> unwritten_output(int known_error) {
    errno = 0;
    const bool is_flushed = std::fflush(stdout) == 0;
    if (is_flushed && std::ferror(stdout) == 0 && is_written_at_closing()) return std::nullopt;
    std::string sentence = "standard output cannot be written";
    if (output_was_closed)
        sentence += ": it is closed";
    else if (known_error != 0 || errno != 0)
        sentence += std::string{": "} + std::strerror(known_error != 0 ? known_error : errno);
    return sentence;
}

void forget_unread_output() {
    if (std::fflush(stdout) == 0 || (errno != EPIPE && errno != EBADF)) return;
    __fpurge(stdout);
    std::clearerr(stdout);
}

}  // namespace sillok
