// What can be handed out, in which order, and what remains open.
#include "eventstore/consumers/read_window.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sillok {

namespace {

using Positions = std::vector<Position>;

struct Window {
    ReadWindow window;

    void admit(std::uint64_t position, std::string_view stream, std::size_t bytes = 1) {
        const std::string payload(bytes, 'x');
        Recorded event{};
        event.position = Position{position};
        event.stream = stream;
        event.payload = payload;
        window.admit(event);
    }
    // The positions that the first free stream gives.
    Positions hand_out(std::size_t events_max = 100, std::size_t bytes_max = 100) {
        ReadWindow::Batch batch{events_max, bytes_max};
        if (const auto stream = window.first_free()) window.hand_out(*stream, batch);
        return batch.positions;
    }
};

}  // namespace

TEST_CASE("streams are handed out in the order in which they came, each with its events in order") {
    Window given;
    given.admit(1, "a");
    given.admit(2, "b");
    given.admit(3, "a");
    CHECK(given.hand_out() == Positions{Position{1}, Position{3}});
    CHECK(given.hand_out() == Positions{Position{2}});
    CHECK_FALSE(given.window.first_free());
}

TEST_CASE("a batch takes as many events as fit, and one that is too large only alone") {
    Window given;
    for (std::uint64_t position = 1; position <= 3; ++position) given.admit(position, "a", 60);
    const auto stream = *given.window.first_free();
    ReadWindow::Batch one{1, 1000}, two{100, 120}, small{100, 10}, full{0, 1000};
    CHECK_FALSE(given.window.hand_out(stream, full));
    CHECK(given.window.first_free() == stream);
    CHECK(given.window.hand_out(stream, one));
    CHECK(one.positions == Positions{Position{1}});
    CHECK_FALSE(given.window.first_free());
    given.window.hand_out(stream, small);
    CHECK(small.positions == Positions{Position{2}});
    given.window.hand_out(stream, two);
    CHECK(two.positions == Positions{Position{3}});
}

TEST_CASE("an acknowledged event takes the earlier ones of its stream with it, and no later one") {
    Window given;
    given.admit(1, "a");
    given.admit(2, "b");
    given.admit(3, "a");
    given.admit(4, "a");
    const auto stream = *given.window.stream_of(Position{1});
    given.hand_out();
    CHECK(given.window.acknowledge(Position{3}) == 2);
    CHECK(given.window.is_in_hand(stream));
    CHECK(given.window.positions_up_to(Position{4}) == Positions{Position{2}, Position{4}});
    CHECK(given.window.first() == Position{2});
    CHECK_FALSE(given.window.stream_of(Position{3}));
    CHECK(given.window.acknowledge(Position{4}) == 1);
    CHECK_FALSE(given.window.is_in_hand(stream));
}

TEST_CASE("an event that was not handed out cannot be acknowledged") {
    Window given;
    given.admit(1, "a");
    given.admit(2, "a");
    CHECK(given.window.acknowledge(Position{1}) == 0);
    given.hand_out(1);
    CHECK(given.window.acknowledge(Position{2}) == 0);
    CHECK(given.window.size() == 2);
}

TEST_CASE("a stream that is acknowledged as far as it was handed out goes to the end of the queue with the rest") {
    Window given;
    given.admit(1, "a");
    given.admit(2, "a");
    given.admit(3, "b");
    given.hand_out(1);
    given.window.acknowledge(Position{1});
    CHECK(given.hand_out() == Positions{Position{3}});
    CHECK(given.hand_out() == Positions{Position{2}});
}

TEST_CASE("a stream given back is handed out again from its first open event") {
    Window given;
    given.admit(1, "a");
    given.admit(2, "a");
    given.admit(3, "a");
    given.hand_out(2);
    const auto stream = *given.window.stream_of(Position{2});
    given.window.acknowledge(Position{1});
    given.window.give_back(stream);
    CHECK_FALSE(given.window.is_in_hand(stream));
    CHECK(given.hand_out() == Positions{Position{2}, Position{3}});
}

TEST_CASE("a window is empty when everything is acknowledged, and begins again with the next event") {
    Window given;
    given.admit(1, "a");
    given.hand_out();
    given.window.acknowledge(Position{1});
    CHECK(given.window.size() == 0);
    CHECK_FALSE(given.window.first());
    given.admit(2, "a");
    CHECK(given.hand_out() == Positions{Position{2}});
}

}  // namespace sillok
