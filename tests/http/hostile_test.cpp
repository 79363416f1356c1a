// Each case of hostile/ on a connection of its own. Most are kept open by a server that is right, so the cases run side
// by side: each lasts until the server closes the connection.
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/http/hostile_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t clients = 24;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::string text_for(const HostileCase& one, const RunningServer& server) {
    if (one.text.find("@PRODUCT@") == std::string::npos) return one.text;
    auto client = server.client();
    const auto made = client.post(
        "/v1/products", {{"productId", one.name}, {"name", one.name}, {"price", {{"amount", 1}, {"currency", "KRW"}}}});
    const auto shown =
        client.get("/v1/products/" + one.name, {{"Sillok-At-Least", made.header("sillok-position")}}).header("etag");
    return replaced(replaced(one.text, "@PRODUCT@", one.name), "@ETAG@", shown);
}

// HTTP/1.0 closes unless it says otherwise, HTTP/1.1 keeps open unless it says otherwise.
bool closes(const HostileResponse& response) {
    if (response.head.starts_with("HTTP/1.0")) return response.head.find("keep-alive") == std::string::npos;
    return response.head.find("\r\nConnection: close\r\n") != std::string::npos;
}

// What is not as the case expects; empty if all is.
std::string difference(const HostileCase& one, const RunningServer& server) {
    const auto received = exchange_bytes(server.port(), bytes_of(text_for(one, server)));
    const auto responses = responses_in(received);
    std::vector<unsigned> statuses;
    for (const auto& response : responses) statuses.push_back(response.status);
    bool same = statuses == one.statuses;
    if (!responses.empty()) {
        const auto& last = responses.back();
        same = same && closes(last) == one.closes;
        same = same && (one.code.empty() || last.body.find("\"code\":\"" + one.code + '"') != std::string::npos);
    }
    return same ? "" : one.name + " got:\n" + received.substr(0, 2'000);
}

}  // namespace

TEST_CASE("every hostile or awkward request gets the response that its file expects") {
    RunningServer server{{}, {.listener = {.session = {.idle_timeout = 300ms, .request_timeout = 2s}}}};
    auto client = server.client();
    offer(client, 1'000);

    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{SILLOK_HOSTILE_CASES}) files.push_back(entry.path());
    std::ranges::sort(files);
    CHECK(files.size() >= 200);

    std::vector<std::string> differences(files.size());
    std::atomic<std::size_t> next = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < clients; ++i)
            threads.emplace_back([&] {
                for (auto at = next++; at < files.size(); at = next++) {
                    try {
                        differences[at] = difference(read_hostile_case(files[at]), server);
                    } catch (const std::exception& error) {
                        differences[at] = files[at].string() + ": " + error.what();
                    }
                }
            });
    }
    for (const auto& found : differences) {
        CAPTURE(found);
        CHECK(found.empty());
    }
}
