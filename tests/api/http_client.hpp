// A blocking HTTP client for tests (sagas/payments/http_exchange.hpp): one keep-alive connection, which is opened again
// after the server has closed it.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& lower_case_name) const {
        const auto found = headers.find(lower_case_name);
        return found == headers.end() ? "" : found->second;
    }
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
    // Of a problem document.
    [[nodiscard]] std::string code() const { return json().value("code", ""); }
};

// Throws boost::system::system_error if there is no response within ten seconds.
class HttpClient {
   public:
    explicit HttpClient(std::uint16_t port);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    Reply send(std::string_view method, std::string_view target, std::string body = {}, const Headers& headers = {});

    Reply get(std::string_view target, const Headers& headers = {}) { return send("GET", target, {}, headers); }
    // Sends a JSON body with its Content-Type.
    Reply post(std::string_view target, const nlohmann::json& body, Headers headers = {});
    Reply patch(std::string_view target, const nlohmann::json& body, Headers headers = {});
    Reply remove(std::string_view target, const Headers& headers = {}) { return send("DELETE", target, {}, headers); }

   private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

// Sends raw bytes, also malformed requests, on a new connection. Returns all bytes until the server closes it.
std::string exchange_bytes(std::uint16_t port, std::string_view bytes);

}  // namespace sillok::test
