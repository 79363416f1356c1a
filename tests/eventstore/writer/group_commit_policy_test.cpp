// When the writer lingers for more commits, and when it does not.
#include "eventstore/writer/group_commit_policy.hpp"

#include <doctest/doctest.h>

namespace sillok {

namespace {
using namespace std::chrono_literals;
}

TEST_CASE("the first group, and the groups of one client alone, are written at once") {
    GroupCommitPolicy policy;
    CHECK(policy.linger(0).commits == 0);
    policy.written(1, 200us);
    CHECK(policy.linger(0).commits == 1);  // its own next commit, without which there is no group
}

TEST_CASE("the writer lingers for the clients just answered, for half a write at most") {
    GroupCommitPolicy policy;
    policy.written(33, 200us);
    CHECK(policy.linger(31).commits == 64);
    CHECK(policy.linger(31).at_most == 100us);
    policy.written(33, 1s);
    CHECK(policy.linger(31).at_most == 1ms);
}

TEST_CASE("after a linger that brought too few commits the policy skips one group, then two, then four") {
    GroupCommitPolicy policy;
    const auto group = [&](std::size_t came) {
        const bool lingered = policy.linger(10).commits > 0;
        policy.gathered(10, 10 + came);
        policy.written(20, 200us);
        return lingered;
    };
    group(0);  // no client was answered yet, so none had to come
    CHECK(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(3));
    CHECK_FALSE(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(10));  // enough came: the next pause is short again
    CHECK(group(0));
    CHECK_FALSE(group(0));
    CHECK(group(0));
}

}  // namespace sillok
