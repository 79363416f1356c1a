#include "projections/engine/search_text.hpp"

#include <cstdint>

namespace sillok {

namespace {

// Code points that two bytes of UTF-8 hold: U+0080 to U+07FF. Only those have a case here, besides ASCII.
std::uint32_t lower(std::uint32_t letter) {
    const auto within = [letter](std::uint32_t first, std::uint32_t last) { return letter >= first && letter <= last; };
    if (within(0x00c0, 0x00de) && letter != 0x00d7) return letter + 0x20;  // À-Þ, without the multiplication sign
    if (within(0x0391, 0x03a9) && letter != 0x03a2) return letter + 0x20;  // Α-Ω, without the unassigned one
    if (within(0x0410, 0x042f)) return letter + 0x20;                      // А-Я
    if (within(0x0400, 0x040f)) return letter + 0x50;                      // Ѐ-Џ
    return letter;
}

}  // namespace

std::string search_text(std::string_view text) {
    std::string folded{text};
    for (std::size_t at = 0; at < folded.size(); ++at) {
        const auto first = static_cast<std::uint8_t>(folded[at]);
        if (first >= 'A' && first <= 'Z') {
            folded[at] = static_cast<char>(first + 0x20);
        } else if ((first & 0xe0) == 0xc0 && at + 1 < folded.size() &&
                   (static_cast<std::uint8_t>(folded[at + 1]) & 0xc0) == 0x80) {
            const auto letter = lower(((first & 0x1fu) << 6) | (static_cast<std::uint8_t>(folded[at + 1]) & 0x3fu));
            folded[at] = static_cast<char>(0xc0 | (letter >> 6));
            folded[++at] = static_cast<char>(0x80 | (letter & 0x3f));
        }
    }
    return folded;
}

}  // namespace sillok
