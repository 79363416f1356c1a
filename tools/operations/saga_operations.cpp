#include "tools/operations/saga_operations.hpp"

#include "tools/nearest_word.hpp"
#include "tools/operations/admin_client.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace sillok {

namespace {

using SagaJson = nlohmann::json;

constexpr std::size_t page_items = 500;
constexpr auto sagas_path = "/v1/admin/sagas";
const std::vector<std::string> saga_states{"running",     "compensating", "parked", "completed",
                                           "compensated", "stopped",      "refused"};

std::string word(const SagaJson& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// "fulfilment-17  parked at capture: provider-declined  order 17  since 2026-..."
std::string line_of_saga(const SagaJson& saga) {
    auto state = word(saga, "state");
    if (const auto step = word(saga, "parkedStep"); !step.empty()) state += " at " + step;
    const auto why = word(saga, "parkedReason").empty() ? word(saga, "reason") : word(saga, "parkedReason");
    if (!why.empty()) state += ": " + why;
    return fmt::format("{}  {}  order {}  since {}", word(saga, "saga"), state, word(saga, "orderId"),
                       word(saga, "startedAt"));
}

std::string line_of_step(const SagaJson& step, bool is_parked) {
    const auto outcome = word(step, "outcome").empty() ? "awaited" : word(step, "outcome");
    auto line = fmt::format("  {}{}: {}, attempt {}", word(step, "step"),
                            word(step, "direction") == "forward" ? "" : " (" + word(step, "direction") + ")", outcome,
                            step.at("attempts").get<std::uint32_t>());
    for (const auto* name : {"code", "detail"})
        if (const auto text = word(step, name); !text.empty()) line += ", " + text;
    if (const auto retry = word(step, "retryAt"); !retry.empty() && !is_parked) line += ", again at " + retry;
    return line;
}

std::string line_of_intervention(const SagaJson& one) {
    auto line = fmt::format("  {} {}: {}", word(one, "time"), word(one, "actor"), word(one, "verb"));
    if (const auto step = word(one, "step"); !step.empty()) line += " " + step;
    if (const auto result = word(one, "result"); !result.empty()) line += " as " + result;
    return line + ": " + word(one, "reason");
}

}  // namespace

void SagaOperations::add_server(CLI::App& app) {
    app.add_option("--server", server_, "A running server, for example http://127.0.0.1:8080")->required();
    app.add_flag("--json", json_, "One JSON object on standard output");
}

void SagaOperations::declare(CLI::App& saga) {
    declare_list(saga);
    declare_show(saga);
    declare_action(saga, "retry", "Run the saga's current step again");
    auto* skip = declare_action(saga, "skip", "Take the saga's current step as done, with a result that you give");
    skip->add_option("--result", result_, "What the step has led to, for example the number of a receipt")->required();
    declare_action(saga, "write-off", "Give up a payment whose capture the provider refuses, and go on");
    declare_action(saga, "compensate", "Undo the saga's steps and reject the order");
    declare_action(saga, "resume", "Continue a parked saga where it is");
    declare_action(saga, "annotate", "Leave a note at a saga");
}

void SagaOperations::declare_list(CLI::App& saga) {
    list_ = saga.add_subcommand("list", "List the sagas of a running server, newest first");
    add_server(*list_);
    list_->add_option("--state", state_,
                      "Only sagas in this state: running, compensating, parked, completed, compensated, stopped or "
                      "refused");
    list_->add_option("--limit", limit_, "The largest number of sagas to list")
        ->check(at_least(1))
        ->capture_default_str();
    list_->footer("Example:\n  sillok saga list --state parked --server http://127.0.0.1:8080");
}

void SagaOperations::declare_show(CLI::App& saga) {
    show_ = saga.add_subcommand("show", "Show one saga of a running server, step by step");
    show_->add_option("saga", saga_, "The saga's name, for example fulfilment-17")->required();
    add_server(*show_);
    show_->footer("Example:\n  sillok saga show fulfilment-17 --server http://127.0.0.1:8080");
}

CLI::App* SagaOperations::declare_action(CLI::App& saga, const std::string& verb, const std::string& description) {
    auto* action = saga.add_subcommand(verb, description);
    action->add_option("saga", saga_, "The saga's name, for example fulfilment-17")->required();
    add_server(*action);
    action->add_option("--reason", reason_, "Why; it stays in the saga's journal")->required();
    if (verb != "annotate")
        action->add_option("--step", step_, "The step at which the saga should be; at another one nothing is done");
    const auto* more = verb == "skip" ? " --step capture --result 'receipt 17'" : "";
    action->footer(
        fmt::format("Example:\n  sillok saga {} fulfilment-17 --reason 'agreed with the customer'{} --server "
                    "http://127.0.0.1:8080",
                    verb, more));
    actions_.emplace_back(verb, action);
    return action;
}

bool SagaOperations::is_meant() const {
    return list_->parsed() || show_->parsed() ||
           std::ranges::any_of(actions_, [](const auto& action) { return action.second->parsed(); });
}

ExitStatus SagaOperations::run() const {
    if (list_->parsed()) return list();
    if (show_->parsed()) return show();
    const auto meant = std::ranges::find_if(actions_, [](const auto& action) { return action.second->parsed(); });
    return act(meant->first);
}

ExitStatus SagaOperations::list() const {
    if (!state_.empty() && std::ranges::find(saga_states, state_) == saga_states.end())
        if (const auto near = did_you_mean(state_, saga_states); !near.empty())
            throw Misuse("--state: there is no state '" + state_ + "'" + near);
    const AdminClient server{server_};
    auto items = SagaJson::array();
    auto target = fmt::format("{}?limit={}", sagas_path, std::min(limit_, page_items));
    if (!state_.empty()) target += "&state=" + path_segment(state_);
    while (!target.empty() && items.size() < limit_) {
        const auto page = server.get(target, "the list of sagas");
        for (const auto& saga : page.at("items"))
            if (items.size() < limit_) items.push_back(saga);
        const auto& links = page.at("_links");
        target = links.contains("next") ? links.at("next").at("href").get<std::string>() : "";
    }
    if (!target.empty()) fmt::print(stderr, "there are more; see --limit\n");
    if (json_) {
        fmt::print("{}\n", SagaJson{{"items", std::move(items)}}.dump());
        return ExitStatus::done;
    }
    for (const auto& saga : items) fmt::print("{}\n", line_of_saga(saga));
    if (items.empty()) fmt::print("no saga{}\n", state_.empty() ? "" : " is " + state_);
    return ExitStatus::done;
}

ExitStatus SagaOperations::show() const {
    const auto saga = AdminClient{server_}.get(std::string{sagas_path} + '/' + path_segment(saga_), "saga " + saga_);
    if (json_) {
        fmt::print("{}\n", saga.dump());
        return ExitStatus::done;
    }
    fmt::print("{}\n", line_of_saga(saga));
    for (const auto& step : saga.at("steps")) fmt::print("{}\n", line_of_step(step, word(saga, "state") == "parked"));
    if (const auto found = saga.find("interventions"); found != saga.end())
        for (const auto& one : *found) fmt::print("{}\n", line_of_intervention(one));
    return ExitStatus::done;
}

ExitStatus SagaOperations::act(const std::string& verb) const {
    SagaJson body{{"reason", reason_}};
    if (!step_.empty()) body["step"] = step_;
    if (verb == "skip") body["result"] = result_;
    const auto done = AdminClient{server_}.post(fmt::format("{}/{}/{}", sagas_path, path_segment(saga_), verb), body,
                                                "to " + verb + " saga " + saga_);
    if (json_)
        fmt::print("{}\n", done.dump());
    else
        fmt::print("{}: {}{}\n", saga_, word(done, "verb"),
                   word(done, "step").empty() ? "" : " at " + word(done, "step"));
    return ExitStatus::done;
}

}  // namespace sillok
