// What to do about an error of the machine: a full disk, a path without rights, a program that is there already.
#pragma once

#include <string>
#include <string_view>

namespace sillok {

// The sentence, with what to do about it where its reason is known and it does not say so itself.
std::string with_advice(std::string sentence);

// The stable code of the sentence's reason: "disk-full", "in-use"; "failed" for one that is not known.
std::string_view code_of(const std::string& sentence);

}  // namespace sillok
