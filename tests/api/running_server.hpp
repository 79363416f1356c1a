// A whole Sillok in this process, on a port of its own, until the end of the test.
#pragma once

#include "api/backend.hpp"
#include "api/http/server.hpp"
#include "tests/api/http_client.hpp"

#include <memory>
#include <stdexcept>
#include <thread>

namespace sillok::test {

class RunningServer {
   public:
    explicit RunningServer(BackendOptions backend = {}, api::ServerOptions options = {})
        : backend_(opened(std::move(backend))),
          server_(*backend_, on_any_port(std::move(options))),
          thread_([this] { server_.run(); }) {}
    ~RunningServer() { stop(); }

    void stop() {
        server_.stop();
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] Backend& backend() { return *backend_; }
    [[nodiscard]] api::Server& server() { return server_; }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] HttpClient client() const { return HttpClient{port()}; }

   private:
    static std::unique_ptr<Backend> opened(BackendOptions options) {
        auto backend = Backend::open(std::move(options));
        if (!backend) throw std::runtime_error(backend.error());
        return std::move(*backend);
    }
    static api::ServerOptions on_any_port(api::ServerOptions options) {
        options.listener.port = 0;
        return options;
    }

    std::unique_ptr<Backend> backend_;
    api::Server server_;
    std::thread thread_;
};

}  // namespace sillok::test
