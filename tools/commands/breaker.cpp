// `sillok breaker` and `sillok part`: the circuit breakers and the components of a running server.
#include "tools/commands/subcommand.hpp"
#include "tools/nearest_word.hpp"
#include "tools/operations/admin_client.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

// What is listed, and changed by one word: POST /v1/admin/KIND/NAME/VERB.
struct SwitchWords {
    std::string command;      // "part"
    std::string path;         // "/v1/admin/parts"
    std::string kind;         // "component"
    std::string description;  // of the subcommand
    std::vector<std::string> names;
    std::vector<std::pair<std::string, std::string>> verbs;  // with their descriptions
    std::string default_name;                                // empty: it must be given
};

std::string line_of_switch(const nlohmann::json& one) {
    const auto name = one.at("name").get<std::string>();
    if (const auto paused = one.find("paused"); paused != one.end())
        return name + ": " + (paused->get<bool>() ? "paused" : "works");
    auto line = fmt::format("{}: {}, {}", name, one.at("state").get<std::string>(),
                            one.at("mode") == "auto" ? "by itself" : "by hand");
    line += fmt::format("; of {} calls {:.0f} % failed, {:.0f} % were slow", one.at("calls").get<std::uint64_t>(),
                        100 * one.at("failureRate").get<double>(), 100 * one.at("slowRate").get<double>());
    if (const auto retry = one.find("retryAt"); retry != one.end() && retry->is_string())
        line += "; it tries again at " + retry->get<std::string>();
    return line;
}

class Switches final : public Subcommand {
   public:
    explicit Switches(SwitchWords words) : words_(std::move(words)) {}

    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand(words_.command, words_.description);
        app->require_subcommand(1);
        list_ = app->add_subcommand("list", "List them, each with its state");
        add_server(*list_);
        list_->footer(example("list"));
        for (const auto& [verb, description] : words_.verbs) {
            auto* change = app->add_subcommand(verb, description);
            auto* name = change->add_option("name", name_, "Which " + words_.kind + ": " + listed());
            if (words_.default_name.empty())
                name->required();
            else
                name->capture_default_str();
            add_server(*change);
            change->footer(example(verb + ' ' + words_.names.front()));
            changes_.emplace_back(verb, change);
        }
        app->footer(example("list"));
        return app;
    }

    ExitStatus run() override {
        if (list_->parsed()) {
            const auto all = AdminClient{server_}.get(words_.path, "the list of " + words_.kind + "s");
            for (const auto& one : all.at("items"))
                if (!json_) fmt::print("{}\n", line_of_switch(one));
            if (json_) fmt::print("{}\n", nlohmann::json{{"items", all.at("items")}}.dump());
            return ExitStatus::done;
        }
        if (std::ranges::find(words_.names, name_) == words_.names.end())
            if (const auto near = did_you_mean(name_, words_.names); !near.empty())
                throw Misuse("there is no " + words_.kind + " '" + name_ + "'" + near);
        const auto meant = std::ranges::find_if(changes_, [](const auto& change) { return change.second->parsed(); });
        const auto changed = AdminClient{server_}.post(words_.path + '/' + path_segment(name_) + '/' + meant->first, {},
                                                       "to " + meant->first + ' ' + words_.kind + ' ' + name_);
        fmt::print("{}\n", json_ ? changed.dump() : line_of_switch(changed));
        return ExitStatus::done;
    }

   private:
    void add_server(CLI::App& app) {
        app.add_option("--server", server_, "A running server, for example http://127.0.0.1:8080")->required();
        app.add_flag("--json", json_, "One JSON object on standard output");
    }
    [[nodiscard]] std::string example(const std::string& words) const {
        return "Example:\n  sillok " + words_.command + ' ' + words + " --server http://127.0.0.1:8080";
    }
    [[nodiscard]] std::string listed() const {
        std::string text;
        for (const auto& name : words_.names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }

    SwitchWords words_;
    std::string server_;
    std::string name_ = words_.default_name;
    bool json_ = false;
    CLI::App* list_ = nullptr;
    std::vector<std::pair<std::string, CLI::App*>> changes_;
};

}  // namespace

std::unique_ptr<Subcommand> make_breaker() {
    return std::make_unique<Switches>(
        SwitchWords{.command = "breaker",
                    .path = "/v1/admin/breakers",
                    .kind = "breaker",
                    .description = "Open and close the circuit breaker before the payment provider by hand",
                    .names = {"payments"},
                    .verbs = {{"open", "Make no calls until somebody says otherwise; orders pay later"},
                              {"close", "Make every call, although the provider fails"},
                              {"auto", "Let the breaker open and close by itself again"}},
                    .default_name = "payments"});
}

std::unique_ptr<Subcommand> make_part() {
    return std::make_unique<Switches>(SwitchWords{.command = "part",
                                                  .path = "/v1/admin/parts",
                                                  .kind = "component",
                                                  .description = "Pause and resume components of a running server",
                                                  .names = {"sagas", "projections", "deliveries"},
                                                  .verbs = {{"pause", "Pause a component; orders are still accepted"},
                                                            {"resume", "Resume a component; it catches up"}},
                                                  .default_name = ""});
}

}  // namespace sillok
