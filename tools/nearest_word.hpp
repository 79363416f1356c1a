// The word that somebody most likely meant to type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// The number of letters that are missing, too many, other ones, or exchanged with the next one, in any case.
std::size_t letters_apart(std::string_view left, std::string_view right);

// The nearest of the words, or an empty text if none is near: one letter of three may differ.
std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

// "; did you mean 'serve'?", or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

}  // namespace sillok
