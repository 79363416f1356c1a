// An operator's requests to one server: JSON in, JSON out, refusals in the server's own words.
//
// Errors: Misuse for what is no URL of a server, NoAnswer and NotReachable while it does not answer, Failure for what
//         it refuses.
#pragma once

#include "tools/http_client.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace sillok {

class AdminClient {
   public:
    explicit AdminClient(std::string url);

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] HttpResponse ask(const std::string& target) const;
    // `what` is named where it is refused: "the list of sagas".
    [[nodiscard]] nlohmann::json get(const std::string& target, const std::string& what) const;
    // Nothing where the server has no such path, as the public address of one with --admin-listen.
    [[nodiscard]] std::optional<nlohmann::json> get_if_served(const std::string& target, const std::string& what) const;
    // Sent with an idempotency key of its own, so that it is done once however often it must be repeated.
    [[nodiscard]] nlohmann::json post(const std::string& target, const nlohmann::json& body,
                                      const std::string& what) const;

   private:
    std::string url_;
    ServerAddress server_;
};

// Text as one segment of a path.
std::string path_segment(const std::string& text);

}  // namespace sillok
