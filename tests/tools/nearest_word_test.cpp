#include "tools/nearest_word.hpp"

#include <doctest/doctest.h>

namespace sillok {

TEST_CASE("letters that are missing, too many, other ones or exchanged are counted") {
    CHECK(letters_apart("serve", "serve") == 0);
    CHECK(letters_apart("SERVE", "serve") == 0);
    CHECK(letters_apart("serv", "serve") == 1);
    CHECK(letters_apart("sserve", "serve") == 1);
    CHECK(letters_apart("sarve", "serve") == 1);
    CHECK(letters_apart("esrve", "serve") == 1);
    CHECK(letters_apart("", "list") == 4);
    CHECK(letters_apart("list", "") == 4);
}

TEST_CASE("the nearest word is named, and none that is far") {
    const std::vector<std::string> words{"serve", "verify", "restore", "replay"};
    CHECK(nearest_word("verfiy", words) == "verify");
    CHECK(nearest_word("restroe", words) == "restore");
    CHECK(nearest_word("frobnicate", words).empty());
    CHECK(nearest_word("", words).empty());
    CHECK(nearest_word("serve", {}).empty());
    CHECK(did_you_mean("serv", words) == "; did you mean 'serve'?");
    CHECK(did_you_mean("x", words).empty());
}

}  // namespace sillok
