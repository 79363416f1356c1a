// `sillok saga list`, `show`, and an operator's actions on a saga of a running server.
#pragma once

#include "tools/commands/subcommand.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sillok {

class SagaOperations {
   public:
    void declare(CLI::App& saga);
    // Whether one of these has been parsed.
    [[nodiscard]] bool is_meant() const;
    [[nodiscard]] ExitStatus run() const;

   private:
    void declare_list(CLI::App& saga);
    void declare_show(CLI::App& saga);
    CLI::App* declare_action(CLI::App& saga, const std::string& verb, const std::string& description);
    void add_server(CLI::App& app);
    [[nodiscard]] ExitStatus list() const;
    [[nodiscard]] ExitStatus show() const;
    [[nodiscard]] ExitStatus act(const std::string& verb) const;

    std::string server_;
    std::string state_;
    std::size_t limit_ = 50;
    std::string saga_;
    std::string reason_;
    std::string step_;
    std::string result_;
    bool json_ = false;
    CLI::App* list_ = nullptr;
    CLI::App* show_ = nullptr;
    std::vector<std::pair<std::string, CLI::App*>> actions_;
};

}  // namespace sillok
