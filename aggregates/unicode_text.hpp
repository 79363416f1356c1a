// Text as people compare it: Unicode normalisation and case folding, by ICU. Pure.
//
// Stored: results stand in tags, stream names and indexes. A newer ICU folds only characters that were not assigned
//         before; Unicode's stability policy promises the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sillok {

// The same for texts that differ only in case and in how accents and syllables are composed: full default case folding
// (U+00DF is "ss"), then NFC. Nothing for bytes that are not UTF-8.
std::optional<std::string> caseless(std::string_view utf8);

// As caseless, and also the same for full and half width, ligatures and the like, without characters that are not seen
// (NFKC_Casefold). Bytes that are not UTF-8 stay as they are, and so does all the text around them, but for ASCII.
std::string compatibly_caseless(std::string_view text);

// The same for a letter of the Latin, Greek or Cyrillic script with and without accents (and for the Latin letters with
// a stroke). Other scripts keep their marks: there they are vowels, or make another letter. Bytes that are not UTF-8
// stay as they are.
std::string without_accents(std::string_view text);

bool is_utf8(std::string_view text);

// Whether the text is UTF-8 of characters that leave a mark: no blanks and controls, none that is drawn as nothing
// (Unicode's Default_Ignorable_Code_Point), none that each program draws as it likes (private use, not assigned).
bool is_graphic(std::string_view utf8);

// Upper-case ASCII letters become lower-case ones; all other bytes stay.
std::string ascii_lower(std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace sillok
