// OpenSSL 3 would rather be asked through EVP; asked like this it says nothing and does the same.
#define OPENSSL_API_COMPAT 0x10100000L

#include "eventstore/base/sha256.hpp"

#include <openssl/sha.h>

#include <stdexcept>

namespace sillok {

namespace {

void require(int openssl_result) {
    if (openssl_result != 1) throw std::runtime_error("SHA-256 is not available from OpenSSL");
}

}  // namespace

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string hex(const Hash& hash) { return hex(bytes_of(hash)); }

Hash Sha256::operator()(std::initializer_list<std::string_view> pieces) const {
    SHA256_CTX state;
    require(SHA256_Init(&state));
    for (const auto piece : pieces) require(SHA256_Update(&state, piece.data(), piece.size()));
    Hash hash;
    require(SHA256_Final(hash.data(), &state));
    return hash;
}

}  // namespace sillok
