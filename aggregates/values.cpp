#include "aggregates/values.hpp"

#include "aggregates/email_address.hpp"
#include "eventstore/base/sha256.hpp"

#include <algorithm>

namespace sillok {
namespace {

constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

constexpr bool is_unreserved_or_at(char c) { return is_unreserved(c) || c == '@'; }

// "customer-" and these fit into a stream's name. Stored: never change it.
constexpr std::size_t escaped_bytes_max = 240;

constexpr bool has_id_length(std::string_view text) { return !text.empty() && text.size() <= id_length_max; }

// List one of ISO 4217 as of 2026: money of countries and unions, and the units of account that have
// minor units. Metals, bonds, XTS and XXX are no prices.
constexpr std::string_view active_currencies =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

}  // namespace

bool is_valid(const ProductId& id) {
    const std::string_view text = id.value;
    if (!has_id_length(text)) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_unreserved(text[at])) continue;
        const bool escape =
            text[at] == '%' && at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2]);
        if (!escape) return false;
        at += 2;
    }
    return true;
}

bool is_valid(const OrderId& id) { return has_id_length(id.value) && std::ranges::all_of(id.value, is_unreserved); }

bool is_valid(const CustomerId& id) {
    if (has_id_length(id.value) && std::ranges::all_of(id.value, is_unreserved_or_at)) return true;
    return id.value.contains('@') && !flaw_of_address(id.value);
}

std::string in_stream_name(const CustomerId& id) {
    if (std::ranges::all_of(id.value, is_unreserved_or_at) && id.value.size() <= escaped_bytes_max) return id.value;
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : id.value) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved_or_at(c))
            escaped += c;
        else
            escaped += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    if (escaped.size() <= escaped_bytes_max) return escaped;
    Sha256 sha256;
    return "%s" + hex(sha256({id.value}));
}

bool is_valid(const Currency& currency) {
    // Three capitals match nothing but a whole code, for a space stands between any two.
    return std::ranges::all_of(currency.letters, is_capital) && active_currencies.contains(currency.text());
}

}  // namespace sillok
