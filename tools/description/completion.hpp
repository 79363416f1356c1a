// Completions for shells, made of the program's description. Pure.
#pragma once

#include "tools/description/command_description.hpp"

#include <string>

namespace sillok {

std::string bash_completion(const CommandDescription& program);
std::string zsh_completion(const CommandDescription& program);
std::string fish_completion(const CommandDescription& program);

}  // namespace sillok
