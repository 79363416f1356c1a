#include "api/passwords.hpp"

#include "eventstore/base/base64.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace sillok::api {

namespace {

constexpr std::string_view prefix = "$scrypt$ln=15,r=8,p=3$";
constexpr std::uint64_t cost = 1u << 15;
constexpr std::uint64_t block_size = 8;
constexpr std::uint64_t parallelism = 3;
constexpr std::uint64_t memory_bytes_max = 64u << 20;

using Salt = std::array<std::uint8_t, 16>;
using Key = std::array<std::uint8_t, 32>;

Key derive(std::string_view password, std::span<const std::uint8_t> salt) {
    Key key{};
    if (EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), cost, block_size, parallelism,
                       memory_bytes_max, key.data(), key.size()) != 1)
        throw std::runtime_error("scrypt failed");
    return key;
}

template <std::size_t size>
std::string text_of(const std::array<std::uint8_t, size>& bytes) {
    return to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

template <std::size_t size>
std::optional<std::array<std::uint8_t, size>> bytes_in(std::string_view text) {
    const auto decoded = from_base64(text);
    if (!decoded || decoded->size() != size) return std::nullopt;
    std::array<std::uint8_t, size> bytes{};
    std::ranges::copy(*decoded, bytes.begin());
    return bytes;
}

boost::asio::awaitable<std::string> hashed(std::string password) { co_return hash_password(password); }

}  // namespace

std::string hash_password(std::string_view password) {
    Salt salt{};
    if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) throw std::runtime_error("no random bytes");
    return std::string{prefix} + text_of(salt) + '$' + text_of(derive(password, salt));
}

bool password_matches(std::string_view password, std::string_view hash) {
    if (!hash.starts_with(prefix)) return false;
    hash.remove_prefix(prefix.size());
    const auto dollar = hash.find('$');
    if (dollar == std::string_view::npos) return false;
    const auto salt = bytes_in<std::tuple_size_v<Salt>>(hash.substr(0, dollar));
    const auto key = bytes_in<std::tuple_size_v<Key>>(hash.substr(dollar + 1));
    if (!salt || !key) return false;
    const auto derived = derive(password, *salt);
    return CRYPTO_memcmp(derived.data(), key->data(), derived.size()) == 0;
}

boost::asio::awaitable<std::optional<std::string>> PasswordHashing::hash(std::string password) {
    struct Place {
        std::atomic<std::size_t>& waiting;
        ~Place() { --waiting; }
    };
    const auto before = waiting_++;
    const Place place{waiting_};
    if (before >= waiting_max) co_return std::nullopt;
    auto work = hashed(std::move(password));
    auto text = co_await boost::asio::co_spawn(workers_, std::move(work), boost::asio::use_awaitable);
    co_return text;
}

}  // namespace sillok::api
