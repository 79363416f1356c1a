#include "eventstore/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace sillok {

namespace {

void require(int openssl_result) {
    if (openssl_result != 1) throw std::runtime_error("SHA-256 is not available from OpenSSL");
}

}  // namespace

std::string hex(const Hash& hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(2 * hash.size());
    for (const auto byte : hash) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

struct Sha256::Context {
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    ~Context() {
        EVP_MD_CTX_free(state);
        EVP_MD_free(algorithm);
    }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { require(context_->algorithm && context_->state ? 1 : 0); }
Sha256::~Sha256() = default;

Hash Sha256::operator()(std::initializer_list<std::string_view> pieces) {
    require(EVP_DigestInit_ex2(context_->state, context_->algorithm, nullptr));
    for (const auto piece : pieces) require(EVP_DigestUpdate(context_->state, piece.data(), piece.size()));
    Hash hash;
    require(EVP_DigestFinal_ex(context_->state, hash.data(), nullptr));
    return hash;
}

}  // namespace sillok
