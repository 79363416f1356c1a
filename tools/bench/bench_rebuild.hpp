// Measures how fast a read model is rebuilt from the log, next to a plain scan of the log's records.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace sillok {

struct RebuildBench {
    std::string projection = "order_history";
    std::uint64_t orders = 50'000;  // placed and fulfilled, to fill a temporary log
    std::filesystem::path data;     // rebuild from this directory instead; it is not changed

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
