// How a program that fails says so: one sentence on standard error and, where --json was asked for, an object on
// standard output: {"error": {"code": "in-use", "message": "..."}}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// Whether the arguments or the environment ask for JSON. The arguments need not be right otherwise.
bool asks_for_json(const std::vector<std::string>& arguments);

void tell_failure(std::string_view code, const std::string& sentence, bool as_json);

}  // namespace sillok
