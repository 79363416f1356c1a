#include "aggregates/unicode_text.hpp"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace sillok {

namespace {

void require(UErrorCode status) {
    if (U_FAILURE(status)) throw std::runtime_error(std::string{"ICU: "} + u_errorName(status));
}

icu::StringPiece piece(std::string_view text) { return {text.data(), static_cast<std::int32_t>(text.size())}; }

std::string normalised(const icu::Normalizer2& form, std::string_view text) {
    std::string result;
    icu::StringByteSink<std::string> sink{&result};
    UErrorCode status = U_ZERO_ERROR;
    form.normalizeUTF8(0, piece(text), sink, nullptr, status);
    require(status);
    return result;
}

std::string folded(std::string_view text) {
    std::string result;
    icu::StringByteSink<std::string> sink{&result};
    UErrorCode status = U_ZERO_ERROR;
    icu::CaseMap::utf8Fold(U_FOLD_CASE_DEFAULT, piece(text), sink, nullptr, status);
    require(status);
    return result;
}

using Instance = const icu::Normalizer2* (*)(UErrorCode&);

const icu::Normalizer2& form_of(Instance instance) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* form = instance(status);
    require(status);
    return *form;
}

template <class Accept>
bool all_characters(std::string_view text, Accept accept) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto length = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < length;) {
        UChar32 character = 0;
        U8_NEXT(bytes, at, length, character);  // NOLINT(bugprone-inc-dec-in-conditions): ICU's macro
        if (character < 0 || !accept(character)) return false;
    }
    return true;
}

void append(std::string& text, UChar32 character) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, character);
    text.append(bytes, static_cast<std::size_t>(length));
}

// Of a letter that has its stroke or bar in one piece with it.
UChar32 without_stroke(UChar32 letter) {
    switch (letter) {
        case 0x0111: return 'd';
        case 0x0127: return 'h';
        case 0x0142: return 'l';
        case 0x00f8: return 'o';
        case 0x0167: return 't';
        default: return letter;
    }
}

bool has_accents(UChar32 letter) {
    UErrorCode status = U_ZERO_ERROR;
    const auto script = uscript_getScript(letter, &status);
    return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC;
}

}  // namespace

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string ascii_lower(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::optional<std::string> caseless(std::string_view utf8) {
    if (is_ascii(utf8)) return ascii_lower(utf8);
    if (!is_utf8(utf8)) return std::nullopt;
    // Decomposed first: what folds is then a letter of its own (Unicode 3.13, D145).
    return normalised(form_of(icu::Normalizer2::getNFCInstance),
                      folded(normalised(form_of(icu::Normalizer2::getNFDInstance), utf8)));
}

std::string compatibly_caseless(std::string_view text) {
    if (is_ascii(text) || !is_utf8(text)) return ascii_lower(text);
    return normalised(form_of(icu::Normalizer2::getNFKCCasefoldInstance), text);
}

std::string without_accents(std::string_view text) {
    if (is_ascii(text) || !is_utf8(text)) return std::string{text};
    std::string plain;
    bool after_letter = false;
    all_characters(normalised(form_of(icu::Normalizer2::getNFDInstance), text), [&](UChar32 character) {
        const bool is_mark = u_charType(character) == U_NON_SPACING_MARK;
        if (is_mark && after_letter) return true;
        if (!is_mark) after_letter = has_accents(character);
        append(plain, without_stroke(character));
        return true;
    });
    return normalised(form_of(icu::Normalizer2::getNFCInstance), plain);
}

bool is_utf8(std::string_view text) {
    return all_characters(text, [](UChar32) { return true; });
}

bool is_graphic(std::string_view utf8) {
    return all_characters(utf8, [](UChar32 character) {
        return u_isgraph(character) && u_charType(character) != U_PRIVATE_USE_CHAR &&
               !u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
    });
}

}  // namespace sillok
