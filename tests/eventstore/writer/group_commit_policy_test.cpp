// When the writer waits for company, and when it does not.
#include "eventstore/writer/group_commit_policy.hpp"

#include <doctest/doctest.h>

namespace sillok {

namespace {
using namespace std::chrono_literals;
}

TEST_CASE("the first group and a lone client's groups wait for nobody else") {
    GroupCommitPolicy gathering;
    CHECK(gathering.patience(0).commits == 0);
    gathering.written(1, 200us);
    CHECK(gathering.patience(0).commits == 1);  // its own next commit, which there must be anyway
}

TEST_CASE("the writer waits for those it has just answered, at most half a write") {
    GroupCommitPolicy gathering;
    gathering.written(33, 200us);
    CHECK(gathering.patience(31).commits == 64);
    CHECK(gathering.patience(31).at_most == 100us);
    gathering.written(33, 1s);
    CHECK(gathering.patience(31).at_most == 1ms);
}

TEST_CASE("patience that does not pay is given up for one group, then for two, then for four") {
    GroupCommitPolicy gathering;
    const auto group = [&](std::size_t came) {
        const bool was_patient = gathering.patience(10).commits > 0;
        gathering.gathered(10, 10 + came);
        gathering.written(20, 200us);
        return was_patient;
    };
    group(0);  // nobody was answered yet: nobody had to come
    CHECK(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(3));
    CHECK_FALSE(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(10));  // they came: the next pause is short again
    CHECK(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(0));
}

}  // namespace sillok
