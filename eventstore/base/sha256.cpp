// Without this, OpenSSL 3 warns about the interface below (see sha256.hpp).
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

Hash Sha256::operator()(std::initializer_list<std::string_view> pieces) const {
    SHA256_CTX state;
    require(SHA256_Init(&state));
    for (const auto piece : pieces) require(SHA256_Update(&state, piece.data(), piece.size()));
    Hash hash;
    require(SHA256_Final(hash.data(), &state));
    return hash;
}

}  // namespace sillok
