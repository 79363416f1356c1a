// How large a read model's writes are, and when it pauses between two.
#include "projections/engine/batching.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace sillok;
using namespace std::chrono_literals;

TEST_CASE("a live read model pauses after a large batch only") {
    struct Case {
        std::uint64_t events;
        std::chrono::milliseconds pause;
    };
    for (const auto& [events, pause] :
         {Case{0, 0ms}, Case{1, 0ms}, Case{511, 0ms}, Case{512, 20ms}, Case{8'192, 20ms}}) {
        CAPTURE(events);
        CHECK(batching::pause_after(events) == pause);
    }
}

TEST_CASE("a live read model writes after 8,192 events at the latest, a rebuild after 65,536") {
    CHECK(batching::takes_more(0));
    CHECK(batching::takes_more(8'191));
    CHECK_FALSE(batching::takes_more(8'192));
    CHECK_FALSE(batching::is_full(65'535));
    CHECK(batching::is_full(65'536));
}

TEST_CASE("a catch-up reads at most 4,096 events at once, and never beyond its target") {
    struct Case {
        std::uint64_t at, target, events;
    };
    for (const auto& [at, target, events] :
         {Case{0, 1, 1}, Case{0, 4'096, 4'096}, Case{0, 4'097, 4'096}, Case{100, 103, 3},
          Case{7, std::numeric_limits<std::uint64_t>::max(), 4'096}}) {
        CAPTURE(at);
        CAPTURE(target);
        CHECK(batching::next_read(Position{at}, Position{target}) == events);
    }
}

TEST_CASE("a rebuild stops the live read model when at most one write is left") {
    CHECK(batching::is_nearly_there(Position{100}, Position{100}));
    CHECK(batching::is_nearly_there(Position{100}, Position{100 + 65'536}));
    CHECK_FALSE(batching::is_nearly_there(Position{100}, Position{101 + 65'536}));
}
