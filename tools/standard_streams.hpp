// Standard input, output and error, as the caller of the program has left them.
//
// Closed:  a file that is opened would take the number of a closed descriptor, and what is printed would go into it.
//          Therefore each closed one is opened on /dev/null first.
// Errors:  output that could not be written is a failure of the program, also where all else was done.
#pragma once

#include <optional>
#include <string>

namespace sillok {

// REQUIRES: nothing has been opened yet. What is printed on a standard output that was closed is an error.
void open_closed_descriptors();

// Writes what is buffered for standard output. Returns a sentence if it, or anything before it, could not be written.
// `known_error` is the errno of an earlier attempt: later ones may not say it again.
std::optional<std::string> unwritten_output(int known_error = 0);

// Forgets what could not be written because nobody reads it any more: standard output is closed, or its reader has
// ended. For servers, whose output only announces.
void forget_unread_output();

}  // namespace sillok
