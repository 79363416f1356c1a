// How many connections each client address has. A client with IPv6 usually has a network of 64 bits to itself, so that
// counts as one address. Loopback is not counted: it is the operator, or a proxy with many clients behind it.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <map>

namespace sillok::api {

class AddressCounts {
   public:
    using Address = boost::asio::ip::address;

    // Returns false, and counts nothing, where the address has `max` connections already.
    bool add(const Address& address, std::size_t max) {
        if (address.is_loopback()) return true;
        auto& count = counts_[network_of(address)];
        if (count >= max) return false;
        ++count;
        return true;
    }
    // REQUIRES: add() returned true for it.
    void remove(const Address& address) {
        const auto found = counts_.find(network_of(address));
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }

   private:
    static Address network_of(const Address& address) {
        if (!address.is_v6()) return address;
        const auto v6 = address.to_v6();
        if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped_t::v4_mapped, v6);
        auto bytes = v6.to_bytes();
        std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
        return boost::asio::ip::address_v6{bytes};
    }

    std::map<Address, std::size_t> counts_;
};

}  // namespace sillok::api
