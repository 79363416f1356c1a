#include "tools/nearest_word.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace sillok {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

std::size_t letters_apart(std::string_view left, std::string_view right) {
    // Row i holds the distances of the first i letters of `left` from every beginning of `right`.
    std::vector<std::size_t> before_last, last(right.size() + 1), row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const auto a = lower(left[i - 1]), b = lower(right[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a == b ? 0 : 1)});
            const bool exchanged = i > 1 && j > 1 && a == lower(right[j - 2]) && lower(left[i - 2]) == b;
            if (exchanged) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = row;
    }
    return last.back();
}

std::string nearest_word(std::string_view typed, const std::vector<std::string>& words) {
    std::string nearest;
    auto best = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const auto& word : words)
        if (const auto apart = letters_apart(typed, word); apart < best && apart < word.size()) {
            best = apart;
            nearest = word;
        }
    return nearest;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words) {
    const auto nearest = nearest_word(typed, words);
    return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

}  // namespace sillok
