// Every option of every subcommand has an environment variable: --stock-factor is SILLOK_STOCK_FACTOR. The command line
// wins over the environment, the environment over the config file.
#pragma once

namespace CLI {
class App;
}

namespace sillok {

// REQUIRES: all options have been declared.
void read_options_from_environment(CLI::App& program);

}  // namespace sillok
