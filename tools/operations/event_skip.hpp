// `sillok events skip`: an operator's decision, on a running server, to leave out an event that it cannot read.
#pragma once

#include "tools/commands/subcommand.hpp"

#include <cstdint>
#include <string>

namespace sillok {

class EventSkip {
   public:
    void declare(CLI::App& events);
    // Whether this has been parsed.
    [[nodiscard]] bool is_meant() const;
    [[nodiscard]] ExitStatus run() const;

   private:
    std::uint64_t position_ = 0;
    std::string stream_;
    std::string reason_;
    std::string server_;
    bool json_ = false;
    CLI::App* app_ = nullptr;
};

}  // namespace sillok
