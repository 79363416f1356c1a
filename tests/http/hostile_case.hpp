// One file of hostile/: the bytes of one connection, and the responses that they get.
//
//     # why it is awkward, with the source
//     expect: 400 malformed-request close
//     ---
//     GET /livez HTTP/1.1
//
// Expected: the status of every response in order; the code of the last one's problem, if it is one; and whether the
//           last one says "Connection: close" ("close") or not ("open").
// Bytes:    each line ends with CRLF unless a backslash ends it. \r \n \t \0 \\ and \xHH are one byte each;
//           \{TEXT*N} is TEXT, N times. @PRODUCT@ and @ETAG@ are a product of this case and its entity tag.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::test {

struct HostileCase {
    std::string name;
    std::vector<unsigned> statuses;
    std::string code;  // empty: not checked
    bool closes = false;
    std::string text;  // as in the file, without its first part
};

// Throws std::runtime_error where the file is not as described.
HostileCase read_hostile_case(const std::filesystem::path& file);

// The bytes that the text describes. Throws std::runtime_error for a backslash that means nothing.
std::string bytes_of(std::string_view text);

struct HostileResponse {
    unsigned status = 0;
    std::string head;
    std::string body;
};

// The responses in what a server has sent on one connection. A body that is cut off, as after HEAD, ends the list.
std::vector<HostileResponse> responses_in(std::string_view received);

}  // namespace sillok::test
