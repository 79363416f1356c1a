// Violations that were there when a rule came, by rule and file, with their number. They may only become fewer: a file
// with more than its number is wrong, and so is a number that is not needed any more.
#pragma once

#include "tests/style/rules.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace style {

class Ratchet {
   public:
    using Key = std::pair<std::string, std::string>;  // rule, path

    // One exception a line: rule, path, number. Lines that begin with # are comments.
    static Ratchet read(std::string_view text);

    void found(const std::string& rule, const std::string& path, const Findings& findings);

    // What is wrong, a sentence each; empty when all is well.
    [[nodiscard]] std::vector<std::string> complaints() const;
    // The exceptions as they would have to be, in the form that read() takes.
    [[nodiscard]] std::string present() const;

   private:
    std::map<Key, std::size_t> allowed_;
    std::map<Key, Findings> found_;
};

}  // namespace style
