#include "tests/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sillok {
namespace {

// Plain sockets, so that an error of the HTTP library under test does not cancel itself out here.
bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        const bool same = line.size() > name.size() && line[name.size()] == ':' &&
                          std::equal(name.begin(), name.end(), line.begin(), [](unsigned char a, unsigned char b) {
                              return std::tolower(a) == std::tolower(b);
                          });
        if (same) return std::string{line.substr(name.size() + 2)};
    }
    return {};
}

// Returns the next request on a connection; `bytes` keeps the bytes after it.
std::optional<ReceivedRequest> receive(int socket, std::string& bytes) {
    for (;;) {
        if (const auto end = bytes.find("\r\n\r\n"); end != std::string::npos) {
            const std::string_view head{bytes.data(), end};
            const auto length = header(head, "content-length");
            const auto body_bytes = length.empty() ? 0 : std::stoul(length);
            if (bytes.size() >= end + 4 + body_bytes) {
                const auto method = head.substr(0, head.find(' '));
                const auto rest = head.substr(method.size() + 1);
                ReceivedRequest request{std::string{method},
                                        std::string{rest.substr(0, rest.find(' '))},
                                        header(head, "idempotency-key"),
                                        header(head, "content-type"),
                                        bytes.substr(end + 4, body_bytes),
                                        header(head, "webhook-id"),
                                        header(head, "webhook-timestamp"),
                                        header(head, "webhook-signature")};
                bytes.erase(0, end + 4 + body_bytes);
                return request;
            }
        }
        char buffer[4096];
        const auto count = ::recv(socket, buffer, sizeof buffer, 0);
        if (count <= 0) return std::nullopt;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

}  // namespace

ScriptedResponse answers(int status, const std::string& body) {
    return {.bytes = fmt::format("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                 status, body.size(), body)};
}
ScriptedResponse says(std::string bytes) { return {.bytes = std::move(bytes), .then_close = true}; }
ScriptedResponse hangs_up() { return {.bytes = {}, .then_close = true}; }
ScriptedResponse hangs() { return {.bytes = {}, .then_hang = true}; }
ScriptedResponse trickles() {
    return {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .without_end = true, .pause_ms = 5};
}
ScriptedResponse floods() {
    return {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .without_end = true};
}

ScriptedServer::ScriptedServer(std::vector<ScriptedResponse> script) : script_(std::move(script)) {
    std::ranges::reverse(script_);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no port on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread{[this] { accept_all(); }};
}

ScriptedServer::~ScriptedServer() {
    {
        const std::scoped_lock lock{mutex_};
        closing_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    accepting_.join();
    for (auto& thread : serving_) thread.join();
    ::close(listener_);
}

std::vector<ReceivedRequest> ScriptedServer::received() const {
    const std::scoped_lock lock{mutex_};
    return received_;
}
std::size_t ScriptedServer::connections() const {
    const std::scoped_lock lock{mutex_};
    return serving_.size();
}

void ScriptedServer::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const std::scoped_lock lock{mutex_};
        if (socket < 0 || closing_) {
            if (socket >= 0) ::close(socket);
            return;
        }
        sockets_.push_back(socket);
        serving_.emplace_back([this, socket] { serve(socket); });
    }
}

ScriptedResponse ScriptedServer::next_response(ReceivedRequest request) {
    const std::scoped_lock lock{mutex_};
    received_.push_back(std::move(request));
    if (script_.empty()) return hangs_up();
    auto response = std::move(script_.back());
    script_.pop_back();
    return response;
}

void ScriptedServer::serve(int socket) {
    std::string bytes;
    while (auto request = receive(socket, bytes))
        if (!play(socket, next_response(*std::move(request)))) break;
    const std::scoped_lock lock{mutex_};
    std::erase(sockets_, socket);
    ::close(socket);
}

// Returns false when the connection has ended.
bool ScriptedServer::play(int socket, const ScriptedResponse& response) {
    if (!send_all(socket, response.bytes)) return false;
    if (response.then_hang) {
        char ignored[256];
        while (::recv(socket, ignored, sizeof ignored, 0) > 0) {
        }
        return false;
    }
    while (response.without_end) {
        if (!send_all(socket, "4\r\n    \r\n")) return false;
        if (response.pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds{response.pause_ms});
    }
    return !response.then_close;
}

}  // namespace sillok
