// Text in the form in which it is searched, and the pieces by which it is found. Pure, and stored in an index: another
// form is another version of the read models that use it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// UTF-8 text without upper and lower case, full and half width, and composed and decomposed letters (NFKC_Casefold).
// The four letters i of Turkish, with and without dot, are one. Bytes that are not UTF-8 stay, but for ASCII letters.
std::string search_text(std::string_view text);

// What is searched for. A search without accents finds text with and without them; one with accents finds only these.
class SearchPattern {
   public:
    explicit SearchPattern(std::string_view search);

    [[nodiscard]] bool empty() const { return pattern_.empty(); }
    // Whether a text in the form of search_text() contains it.
    [[nodiscard]] bool is_in(std::string_view searched) const;
    // Every text that contains it has all of these among its pieces. REQUIRES: not empty.
    [[nodiscard]] std::vector<std::string> pieces() const;

   private:
    std::string pattern_;
    bool has_accents_;
};

// All that is one, two or three characters long in a text of the form of search_text(), without accents; each once.
std::vector<std::string> pieces_of(std::string_view searched);

}  // namespace sillok
