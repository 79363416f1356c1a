#include "tools/operations/event_skip.hpp"

#include "tools/operations/admin_client.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

namespace sillok {

void EventSkip::declare(CLI::App& events) {
    app_ = events.add_subcommand("skip", "Leave out an event that a running server cannot read, for good");
    app_->add_option("position", position_, "The event's position in the log")->required()->check(at_least(1));
    app_->add_option("--stream", stream_, "The stream that it is in, for example stock-tv")->required();
    app_->add_option("--reason", reason_, "Why; it stays in the stream, in an event of its own")->required();
    app_->add_option("--server", server_, "A running server, for example http://127.0.0.1:8080")->required();
    app_->add_flag("--json", json_, "One JSON object on standard output");
    app_->footer(
        "Example:\n  sillok events skip 61 --stream stock-tv --reason 'an import went wrong' --server "
        "http://127.0.0.1:8080");
}

bool EventSkip::is_meant() const { return app_->parsed(); }

ExitStatus EventSkip::run() const {
    const auto skipped = AdminClient{server_}.post(fmt::format("/v1/admin/events/{}/skip", position_),
                                                   {{"stream", stream_}, {"reason", reason_}},
                                                   fmt::format("to skip event {}", position_));
    if (json_)
        fmt::print("{}\n", skipped.dump());
    else
        fmt::print("{} of {}: {} is left out\n", position_, stream_, skipped.at("type").get<std::string>());
    return ExitStatus::done;
}

}  // namespace sillok
