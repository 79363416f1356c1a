#include "tools/proof/proof_check.hpp"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <stdexcept>

namespace proof_check {

namespace {

using namespace std::string_view_literals;

// Thrown inside this file only; check() turns it into its error.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

Hash sha256(std::initializer_list<std::string_view> pieces) {
    std::string bytes;
    for (const auto piece : pieces) bytes += piece;
    Hash hash{};
    if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available from OpenSSL");
    return hash;
}

Hash leaf_hash(const Hash& data) { return sha256({"\0"sv, bytes_of(data)}); }
Hash node_hash(const Hash& left, const Hash& right) { return sha256({"\1"sv, bytes_of(left), bytes_of(right)}); }

std::optional<int> digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return std::nullopt;
}

std::optional<std::string> bytes_from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const auto high = digit(text[at]), low = digit(text[at + 1]);
        if (!high || !low) return std::nullopt;
        bytes += static_cast<char>(*high * 16 + *low);
    }
    return bytes;
}

const nlohmann::json& field(const nlohmann::json& proof, const char* name) {
    const auto found = proof.find(name);
    if (found == proof.end()) throw Refused(std::string{"the proof has no field "} + name);
    return *found;
}

std::uint64_t number(const nlohmann::json& proof, const char* name) {
    const auto& value = field(proof, name);
    if (!value.is_number_unsigned()) throw Refused(std::string{name} + " is not a whole number");
    return value.get<std::uint64_t>();
}

std::string bytes(const nlohmann::json& value, const char* name) {
    if (value.is_string())
        if (auto read = bytes_from_hex(value.get_ref<const std::string&>())) return *std::move(read);
    throw Refused(std::string{name} + " is not hexadecimal");
}

Hash hash(const nlohmann::json& value, const char* name) {
    if (value.is_string())
        if (const auto read = hash_from_hex(value.get_ref<const std::string&>())) return *read;
    throw Refused(std::string{name} + " is not a hash: 64 hexadecimal digits, lower case");
}

std::vector<Hash> path_of(const nlohmann::json& proof) {
    const auto& listed = field(proof, "path");
    if (!listed.is_array()) throw Refused("path is not a list");
    std::vector<Hash> path;
    for (const auto& one : listed) path.push_back(hash(one, "an entry of path"));
    return path;
}

void compare(const std::optional<Hash>& known, const Hash& claimed, const char* name) {
    if (known && *known != claimed) throw Refused(std::string{name} + " is another one than the one that is known");
}

constexpr auto only_with_itself = "; the proof agrees with itself; not compared with a root you kept";

// A record's body begins with its position, little-endian.
std::uint64_t position_in(std::string_view body) {
    if (body.size() < 8) throw Refused("recordBody is cut short");
    std::uint64_t position = 0;
    for (std::size_t at = 8; at-- > 0;) position = position << 8 | static_cast<unsigned char>(body[at]);
    return position;
}

std::string check_inclusion(const nlohmann::json& json, const KnownRoots& known) {
    if (known.from) throw Refused("a proof of one event has no older root to compare: leave out --from-root");
    const auto position = number(json, "position");
    const auto body = bytes(field(json, "recordBody"), "recordBody");
    if (position == 0 || position_in(body) != position) throw Refused("the record is that of another position");
    const auto chain = sha256({bytes_of(hash(field(json, "previousChainHash"), "previousChainHash")), body});
    if (chain != hash(field(json, "chainHash"), "chainHash"))
        throw Refused("the record does not give the chain hash that the proof names");
    const Inclusion proof{.leaf = position - 1,
                          .tree_size = number(json, "treeSize"),
                          .leaf_hash = leaf_hash(chain),
                          .root = hash(field(json, "root"), "root"),
                          .path = path_of(json)};
    if (!holds(proof)) throw Refused("the path does not lead from the event to the root");
    compare(known.root, proof.root, "the root");
    return "position " + std::to_string(position) + " is in the log of " + std::to_string(proof.tree_size) +
           " events whose root is " + field(json, "root").get<std::string>() + (known.root ? "" : only_with_itself);
}

std::string check_consistency(const nlohmann::json& json, const KnownRoots& known) {
    const Consistency proof{.from_size = number(json, "from"),
                            .to_size = number(json, "to"),
                            .from_root = hash(field(json, "fromRoot"), "fromRoot"),
                            .to_root = hash(field(json, "toRoot"), "toRoot"),
                            .path = path_of(json)};
    if (!holds(proof)) throw Refused("the path does not lead to both roots");
    compare(known.from, proof.from_root, "the older root");
    compare(known.root, proof.to_root, "the newer root");
    const auto* uncompared = !known.from && !known.root ? only_with_itself
                             : !known.from              ? "; its root was not compared with an older one you kept"
                             : !known.root              ? "; the newer root was not compared with one you kept"
                                                        : "";
    return "the log of " + std::to_string(proof.from_size) + " events is the beginning of the log of " +
           std::to_string(proof.to_size) + uncompared;
}

}  // namespace

std::optional<Hash> hash_from_hex(std::string_view text) {
    const auto bytes = bytes_from_hex(text);
    Hash hash{};
    if (!bytes || bytes->size() != hash.size()) return std::nullopt;
    std::ranges::transform(*bytes, hash.begin(), [](char c) { return static_cast<unsigned char>(c); });
    return hash;
}

bool holds(const Inclusion& proof) {
    if (proof.leaf >= proof.tree_size) return false;
    auto fn = proof.leaf;
    auto sn = proof.tree_size - 1;
    auto r = proof.leaf_hash;
    for (const auto& p : proof.path) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            r = node_hash(p, r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = node_hash(r, p);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && r == proof.root;
}

bool holds(const Consistency& proof) {
    if (proof.from_size == 0 || proof.from_size > proof.to_size) return false;
    if (proof.from_size == proof.to_size) return proof.path.empty() && proof.from_root == proof.to_root;
    auto path = proof.path;
    if (std::has_single_bit(proof.from_size)) path.insert(path.begin(), proof.from_root);
    if (path.empty()) return false;
    auto fn = proof.from_size - 1;
    auto sn = proof.to_size - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    auto fr = path.front();
    auto sr = path.front();
    for (auto c = path.begin() + 1; c != path.end(); ++c) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            fr = node_hash(*c, fr);
            sr = node_hash(*c, sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node_hash(sr, *c);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && fr == proof.from_root && sr == proof.to_root;
}

std::expected<std::string, std::string> check(std::string_view json, const KnownRoots& known) {
    // nlohmann's parser takes a NUL for the end of the text.
    if (json.contains('\0')) return std::unexpected("this is no proof: not JSON");
    try {
        const auto proof = nlohmann::json::parse(json);
        if (!proof.is_object()) throw Refused("this is no proof: not a JSON object");
        const auto& kind = field(proof, "kind");
        if (kind == "inclusion") return check_inclusion(proof, known);
        if (kind == "consistency") return check_consistency(proof, known);
        throw Refused("this kind of proof is unknown: " + kind.dump());
    } catch (const nlohmann::json::exception&) {
        return std::unexpected("this is no proof: not JSON");
    } catch (const Refused& refused) {
        return std::unexpected(refused.what());
    }
}

}  // namespace proof_check
