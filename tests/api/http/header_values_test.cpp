#include "api/http/header_values.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sillok;
using namespace sillok::api;
using std::chrono::seconds;

TEST_CASE("an entity tag begins with the stream's version") {
    CHECK(etag_of(Version{17}) == "\"v17\"");
    CHECK(version_in("\"v17\"") == Version{17});
    CHECK(version_in(etag_of(Version{17}, 4711)) == Version{17});
    for (const auto* tag :
         {"", "v17", "\"17\"", "\"v\"", "W/\"v17\"", "\"v17\", \"v18\"", "\"v17.\"", "\"v-1\"", "*", "\"v1x\""}) {
        CAPTURE(tag);
        CHECK_FALSE(version_in(tag));
    }
}

TEST_CASE("If-None-Match holds a tag in a list, weakly compared") {
    CHECK(holds("\"v1\"", "\"v1\""));
    CHECK(holds("\"v0\", W/\"v1\"", "\"v1\""));
    CHECK(holds("*", "\"v1\""));
    CHECK_FALSE(holds("\"v1.2\"", "\"v1.3\""));
    CHECK_FALSE(holds("", "\"v1\""));
}

TEST_CASE("Prefer: wait=N gives the time to wait, at most a minute") {
    CHECK(wait_in("wait=5") == seconds{5});
    CHECK(wait_in("respond-async, Wait = 10; foo=bar") == seconds{10});
    CHECK(wait_in("wait=100000000000") == wait_max);
    CHECK_FALSE(wait_in(""));
    CHECK_FALSE(wait_in("respond-async"));
    CHECK_FALSE(wait_in("wait=-1"));
    CHECK_FALSE(wait_in("wait"));
}

TEST_CASE("an idempotency key is the same with and without quotes") {
    CHECK(idempotency_key_in("\"k 1\"") == "k 1");
    CHECK(idempotency_key_in("k1") == "k1");
    CHECK(idempotency_key_in(std::string(255, 'k')));
    CHECK_FALSE(idempotency_key_in(std::string(256, 'k')));
    for (const auto* key : {"\"\"", "\"", "\"a", "a\"", "\"a\"b\"", "", " "}) CHECK_FALSE(idempotency_key_in(key));
    CHECK(idempotency_key_in("{\"a\":1}") == "{\"a\":1}");
    CHECK_FALSE(idempotency_key_in("\xc3\xa4"));
    CHECK_FALSE(idempotency_key_in("a\tb"));
}

TEST_CASE("the trace id of a traceparent is the correlation id") {
    const auto trace = trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    REQUIRE(trace);
    CHECK(trace_text(*trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
    for (const auto* value : {"", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                              "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01"}) {
        CAPTURE(value);
        CHECK_FALSE(trace_in(value));
    }
}

TEST_CASE("only JSON in UTF-8 is accepted") {
    CHECK(is_json("application/json"));
    CHECK(is_json("Application/JSON; charset=utf-8"));
    CHECK(is_json("application/json;charset=\"UTF-8\""));
    CHECK_FALSE(is_json(""));
    CHECK_FALSE(is_json("text/plain"));
    CHECK_FALSE(is_json("application/json; charset=latin1"));
    CHECK_FALSE(is_json("application/x-www-form-urlencoded"));
}
