// A server on 127.0.0.1 that plays a script: one response per request, in the order of arrival. It uses
// plain sockets and shares no code with the HTTP clients under test.
//
// Threads: one that accepts, one per connection; any thread may read what was received.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sillok {

struct ScriptedResponse {
    std::string bytes;         // sent as they are
    bool then_close = false;   // the server closes the connection
    bool then_hang = false;    // the connection stays open without another byte
    bool without_end = false;  // chunks follow until the client closes
    int pause_ms = 0;          // between these chunks
};

ScriptedResponse answers(int status, const std::string& body);
ScriptedResponse says(std::string bytes);  // and closes
ScriptedResponse hangs_up();               // without a response
ScriptedResponse hangs();
ScriptedResponse trickles();  // a body that never ends, slowly
ScriptedResponse floods();    // a body that never ends, fast

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::string key;
    std::string content_type;
    std::string body;
    std::string webhook_id;  // empty: not a webhook
    std::string webhook_timestamp;
    std::string webhook_signature;
};

class ScriptedServer {
   public:
    explicit ScriptedServer(std::vector<ScriptedResponse> script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<ReceivedRequest> received() const;
    [[nodiscard]] std::size_t connections() const;

   private:
    void accept_all();
    void serve(int socket);
    bool play(int socket, const ScriptedResponse& response);
    ScriptedResponse next_response(ReceivedRequest request);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<ScriptedResponse> script_;
    std::vector<ReceivedRequest> received_;
    std::list<int> sockets_;
    std::vector<std::thread> serving_;
    bool closing_ = false;

    std::thread accepting_;
};

}  // namespace sillok
