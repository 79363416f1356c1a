// The option that names a data directory. It may also stand alone: `sillok verify ./data`.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>

namespace sillok {

template <class Path>
CLI::Option* add_data_option(CLI::App& app, Path& data,
                             const std::string& description = "The data directory of a server that is not running") {
    return app.add_option("--data,directory", data, description);
}

}  // namespace sillok
