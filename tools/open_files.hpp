// How many files and connections this process may have open.
#pragma once

#include <cstddef>

namespace sillok {

// Raises the process's own limit as far as the system allows it without rights, and returns it.
std::size_t raise_open_files_max();

// How many connections a server may have under that limit, so that the log, the read models and a listener for
// administration can still open their files. At most `wanted`, at least 16.
std::size_t connections_within(std::size_t open_files_max, std::size_t wanted);
// The limit that this number of connections needs.
std::size_t open_files_for(std::size_t connections);

}  // namespace sillok
