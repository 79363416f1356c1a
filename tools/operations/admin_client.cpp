#include "tools/operations/admin_client.hpp"

#include "api/http/links.hpp"
#include "eventstore/base/clock.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/server_refusal.hpp"

#include <chrono>
#include <utility>

namespace sillok {

namespace {

constexpr std::chrono::seconds patience{2};

}  // namespace

AdminClient::AdminClient(std::string url) : url_(std::move(url)) {
    auto server = parse_server(url_);
    if (!server) throw Misuse(server.error());
    server_ = *std::move(server);
}

HttpResponse AdminClient::ask(const std::string& target) const {
    return exchange_once(server_, {.method = Method::get, .target = target, .answer_max = 5 * patience}, patience);
}

nlohmann::json AdminClient::get(const std::string& target, const std::string& what) const {
    const auto answer = ask(target);
    if (answer.status != 200) throw_refused(what, answer);
    return nlohmann::json::parse(answer.body);
}

std::optional<nlohmann::json> AdminClient::get_if_served(const std::string& target, const std::string& what) const {
    const auto answer = ask(target);
    if (answer.status == 404) return std::nullopt;
    if (answer.status != 200) throw_refused(what, answer);
    return nlohmann::json::parse(answer.body);
}

nlohmann::json AdminClient::post(const std::string& target, const nlohmann::json& body, const std::string& what) const {
    HttpRequest request{.method = Method::post,
                        .target = target,
                        .body = body.is_null() ? "" : body.dump(),
                        .idempotency_key = SystemClock{}.new_id().text(),
                        .answer_max = 5 * patience};
    const auto answer = exchange_once(server_, std::move(request), patience);
    if (answer.status != 200 && answer.status != 201) throw_refused(what, answer);
    return nlohmann::json::parse(answer.body);
}

std::string path_segment(const std::string& text) { return api::url_encoded(text); }

}  // namespace sillok
