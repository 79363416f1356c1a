// Checks the output of `sillok proof` and shares no code with that program. It needs SHA-256 from OpenSSL, a JSON reader
// and the two procedures of RFC 9162.
//
// Pure. Errors: one sentence that names the check that failed.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proof_check {

using Hash = std::array<unsigned char, 32>;

std::optional<Hash> hash_from_hex(std::string_view text);

// RFC 9162, section 2.1.3.2: the leaf with this hash is number `leaf`, counted from 0, of the tree.
struct Inclusion {
    std::uint64_t leaf = 0;
    std::uint64_t tree_size = 0;
    Hash leaf_hash{};
    Hash root{};
    std::vector<Hash> path;
};
bool holds(const Inclusion& proof);

// RFC 9162, section 2.1.4.2: the tree of `from_size` leaves is the beginning of the tree of `to_size`.
struct Consistency {
    std::uint64_t from_size = 0;
    std::uint64_t to_size = 0;
    Hash from_root{};
    Hash to_root{};
    std::vector<Hash> path;
};
bool holds(const Consistency& proof);

// Roots that the caller trusts. Without them a proof only shows that it is consistent with itself.
struct KnownRoots {
    std::optional<Hash> from;  // of the older tree of a consistency proof
    std::optional<Hash> root;  // of the tree, of the newer one where there are two
};

// Checks a printed proof. Returns one sentence that says what it proves, and what it was not compared with. The error is one sentence that says why it fails.
std::expected<std::string, std::string> check(std::string_view json, const KnownRoots& known);

}  // namespace proof_check
