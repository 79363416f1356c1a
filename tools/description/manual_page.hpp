// A manual page in roff, made of the program's description. Pure.
#pragma once

#include "tools/description/command_description.hpp"

#include <string>

namespace sillok {

// `version` stands at the foot of the page.
std::string manual_page(const CommandDescription& command, const CommandDescription& program,
                        const std::string& version);
// "sillok-events-tail.1".
std::string manual_page_name(const CommandDescription& command);

}  // namespace sillok
