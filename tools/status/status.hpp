// `sillok status`: what a server or a data directory says of itself, and what needs an operator.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace sillok {

// {"server", "status", "log", "rates", "readModels", "sagas", "parked", "breakers", "components", "disk", ...}. What
// the server does not show at this address is left out.
// Throws as AdminClient does. "attention" has the sentences of attention_in().
nlohmann::ordered_json status_of_server(const std::string& url);

// {"directory", "status": "at rest", "format", "log", "readModels", "parked", "stop", "verified", "disk", ...}.
// Throws Failure. "attention" as above.
nlohmann::ordered_json status_of_directory(const std::filesystem::path& data);

// A sentence for each thing that somebody must look after, with what to do. Pure.
std::vector<std::string> attention_in(const nlohmann::ordered_json& status);

// A table for people. Pure.
std::string table_of(const nlohmann::ordered_json& status);

}  // namespace sillok
