#include "api/routes.hpp"
#include "api/http/request.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace sillok;
using namespace sillok::api;
using http::verb;

namespace {

Match match_target(verb method, std::string_view text) {
    const auto target = parse_target(text);
    REQUIRE(target);
    return match(method, target->segments);
}

}  // namespace

TEST_CASE("no two routes have the same method and path") {
    std::set<std::pair<verb, std::string_view>> seen;
    for (const auto& route : routes()) CHECK(seen.emplace(route.verb, route.path).second);
}

TEST_CASE("a path finds its route and gives its ids, percent-decoded once") {
    const auto found = match_target(verb::get, "/v1/products/A%2520B");
    REQUIRE(found.route);
    CHECK(found.route->path == "/v1/products/{id}");
    CHECK(found.ids == std::vector<std::string>{"A%20B"});
    CHECK(match_target(verb::get, "/v1/customers/1@uengine.org/orders").ids ==
          std::vector<std::string>{"1@uengine.org"});
    CHECK(match_target(verb::get, "/v1/customers/1%40uengine.org/orders").ids ==
          std::vector<std::string>{"1@uengine.org"});
}

TEST_CASE("a path without a route matches nothing") {
    for (const auto* path :
         {"/", "/v1", "/v1/", "/v1/orders/", "/v1/orders/a/b/c", "/V1/orders", "/v2/orders", "//v1/orders"}) {
        CAPTURE(path);
        CHECK(match_target(verb::get, path).allow.empty());
    }
}

TEST_CASE("Allow lists the methods of a path") {
    const auto found = match_target(verb::put, "/v1/products/tv");
    CHECK_FALSE(found.route);
    CHECK(found.allow == "PATCH, DELETE, GET, HEAD, OPTIONS");
    CHECK(match_target(verb::get, "/v1/orders/o-1/cancellation").allow == "POST, OPTIONS");
}

TEST_CASE("with a listener for administration, each route is served on one of the two") {
    for (const auto& route : routes()) {
        CAPTURE(route.path);
        const auto target = parse_target(route.path);
        if (!target) continue;  // a pattern with braces; its neighbours without are enough
        const bool in_public = match(route.verb, target->segments, Entrance::public_only).route != nullptr;
        const bool in_admin = match(route.verb, target->segments, Entrance::admin_only).route != nullptr;
        CHECK(in_public != in_admin);
        CHECK(in_admin == (!route.path.starts_with("/v1/") || route.path.starts_with("/v1/admin/")));
    }
    CHECK(match_target(verb::get, "/v1/admin/sagas").route != nullptr);
}

TEST_CASE("a segment of dots is a segment like others") {
    CHECK(parse_target("/./livez")->segments == std::vector<std::string>{".", "livez"});
    CHECK(parse_target("/v1/../livez")->segments == std::vector<std::string>{"v1", "..", "livez"});
    CHECK(parse_target("/.//x")->segments == std::vector<std::string>{".", "", "x"});
    CHECK(parse_target("/")->segments == std::vector<std::string>{""});
    CHECK(parse_target("http://x")->segments.empty());
}

TEST_CASE("HEAD finds what GET finds") {
    CHECK(match_target(verb::head, "/livez").route == match_target(verb::get, "/livez").route);
}

TEST_CASE("a query is decoded, a '+' in it is a space") {
    const auto target = parse_target("/v1/products?search=red+book%2B&limit=5&verbose&empty=");
    REQUIRE(target);
    CHECK(target->path == "/v1/products");
    const std::vector<std::pair<std::string, std::string>> query{
        {"search", "red book+"}, {"limit", "5"}, {"verbose", ""}, {"empty", ""}};
    CHECK(target->query == query);
}

TEST_CASE("a target that is not a URL is refused") {
    for (const auto* text : {"", "v1/orders", "/v1/%zz", "/v1/orders?%", "/v1/or ders", "/\x80", "http//x", "http:x",
                             "http:/x", "ftp://x/", "http://user@x/", "http://x:G/v1/orders"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_target(text));
    }
}
