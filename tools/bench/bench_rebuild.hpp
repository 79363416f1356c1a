// How fast a read model comes back from the log, beside a plain scan of the log's records.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace sillok {

struct RebuildBench {
    std::string projection = "order_history";
    std::uint64_t orders = 50'000;  // placed, and fulfilled by the sagas, to fill a log of its own
    std::filesystem::path data;     // a data directory at rest to rebuild from instead; it is left as it is

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
