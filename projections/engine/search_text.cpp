#include "projections/engine/search_text.hpp"

#include "aggregates/unicode_text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sillok {

namespace {

constexpr std::size_t piece_characters_max = 3;

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

// Where the characters begin, and the end. A byte that continues nothing is a character of its own.
std::vector<std::size_t> borders_of(std::string_view text) {
    std::vector<std::size_t> borders;
    for (std::size_t at = 0; at < text.size();) {
        borders.push_back(at);
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        std::size_t end = at + 1;
        while (end < text.size() && end < at + length && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
        at = end == at + length ? end : at + 1;
    }
    borders.push_back(text.size());
    return borders;
}

// The pieces of this many characters.
void add_pieces(std::string_view text, const std::vector<std::size_t>& borders, std::size_t characters,
                std::vector<std::string>& pieces) {
    for (std::size_t first = 0; first + characters < borders.size(); ++first)
        pieces.emplace_back(text.substr(borders[first], borders[first + characters] - borders[first]));
}

void keep_each_once(std::vector<std::string>& pieces) {
    std::ranges::sort(pieces);
    const auto twice = std::ranges::unique(pieces);
    pieces.erase(twice.begin(), twice.end());
}

}  // namespace

std::string search_text(std::string_view text) {
    auto searched = compatibly_caseless(text);
    if (is_ascii(searched)) return searched;
    replace_all(searched, "i\u0307", "i");
    replace_all(searched, "\u0131", "i");
    return searched;
}

SearchPattern::SearchPattern(std::string_view search) : pattern_(search_text(search)) {
    has_accents_ = without_accents(pattern_) != pattern_;
}

bool SearchPattern::is_in(std::string_view searched) const {
    if (searched.contains(pattern_)) return true;
    return !has_accents_ && !is_ascii(searched) && without_accents(searched).contains(pattern_);
}

std::vector<std::string> SearchPattern::pieces() const {
    const auto plain = without_accents(pattern_);
    const auto borders = borders_of(plain);
    std::vector<std::string> pieces;
    add_pieces(plain, borders, std::min(piece_characters_max, borders.size() - 1), pieces);
    keep_each_once(pieces);
    return pieces;
}

std::vector<std::string> pieces_of(std::string_view searched) {
    const auto plain = without_accents(searched);
    const auto borders = borders_of(plain);
    std::vector<std::string> pieces;
    for (std::size_t characters = 1; characters <= piece_characters_max; ++characters)
        add_pieces(plain, borders, characters, pieces);
    keep_each_once(pieces);
    return pieces;
}

}  // namespace sillok
