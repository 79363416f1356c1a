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

struct Reply {
    std::string bytes;         // sent as they are
    bool then_close = false;   // as a provider does that keeps connections for a short time only
    bool then_hang = false;    // the connection stays, and nothing more comes
    bool without_end = false;  // the bytes again and again, until the other side has enough
    int pause_ms = 0;          // between them
};

Reply answers(int status, const std::string& body);
Reply says(std::string bytes);  // and closes
Reply hangs_up();               // without an answer
Reply hangs();
Reply trickles();  // a body that never ends, slowly
Reply floods();    // a body that never ends, fast

struct HeardRequest {
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
class SmallProvider {
   public:
    explicit SmallProvider(std::vector<Reply> script);
    ~SmallProvider();
    SmallProvider(const SmallProvider&) = delete;
    SmallProvider& operator=(const SmallProvider&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<HeardRequest> heard() const;
    [[nodiscard]] std::size_t connections() const;

   private:
    void accept_all();
    void serve(int socket);
    bool play(int socket, const Reply& reply);
    Reply next_reply(HeardRequest request);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<Reply> script_;
    std::vector<HeardRequest> heard_;
    std::list<int> sockets_;
    std::vector<std::thread> serving_;
    bool closing_ = false;

    std::thread accepting_;
};

}  // namespace sillok
