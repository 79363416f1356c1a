// A payment provider, or a receiver of webhooks, on 127.0.0.1 that plays a script: one reply per request, in the order
// in which they come in.
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
    bool then_close = false;   // as a provider does that keeps connections for a short time only
    bool then_hang = false;    // the connection stays, and nothing more comes
    bool without_end = false;  // the bytes again and again, until the other side has enough
    int pause_ms = 0;          // between them
};

ScriptedResponse answers(int status, const std::string& body);
ScriptedResponse says(std::string bytes);  // and closes
ScriptedResponse hangs_up();               // without an answer
ScriptedResponse hangs();
ScriptedResponse trickles();  // a body that never ends, slowly
ScriptedResponse floods();    // a body that never ends, fast

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::string key;
    std::string content_type;
    std::string body;
    std::string webhook_id;  // where it is one
    std::string webhook_timestamp;
    std::string webhook_signature;
};

// Threads: one for all connections to come in, one per connection; any thread may ask what was heard.
class ScriptedServer {
   public:
    explicit ScriptedServer(std::vector<ScriptedResponse> script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<ReceivedRequest> heard() const;
    [[nodiscard]] std::size_t connections() const;

   private:
    void accept_all();
    void serve(int socket);
    bool play(int socket, const ScriptedResponse& reply);
    ScriptedResponse next_reply(ReceivedRequest request);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<ScriptedResponse> script_;
    std::vector<ReceivedRequest> heard_;
    std::list<int> sockets_;
    std::vector<std::thread> serving_;
    bool closing_ = false;

    std::thread accepting_;
};

}  // namespace sillok
