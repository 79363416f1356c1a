// Where options have their values from: typed, from environment variables, from the config file; in this order.
//
// Variables: --stock-factor is SILLOK_STOCK_FACTOR, and SILLOK_IMPORT_ONLINE_RETAIL_STOCK_FACTOR for that subcommand
//            alone. An option whose name means something else in another subcommand has only the second, and one that
//            destroys has none.
// Choices:   of options that exclude each other the typed one counts. Of --data and --server, both set, --server does.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sillok {

// By option: "SILLOK_LIMIT" or "sillok.ini, line 3". Typed ones are not in it.
using OptionOrigins = std::map<const CLI::Option*, std::string>;

// Lets the program read its variables and its config file when it parses its arguments. A wrong line of the file is a
// CLI::ConfigError whose text names file and line. REQUIRES: all options have been declared.
std::shared_ptr<const OptionOrigins> read_option_sources(CLI::App& program);

}  // namespace sillok
