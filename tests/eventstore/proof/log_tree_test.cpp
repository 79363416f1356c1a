// The tree over a log: leaves are chain hashes, its upper nodes stand in storage, and a reopened log goes on with it.
#include "eventstore/proof/log_tree.hpp"
#include "eventstore/storage/record.hpp"
#include "tests/eventstore/proof/recursive_tree.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace sillok {

namespace {

// `count` more events, in commits of `batch`.
void grow(EventStore& store, std::uint64_t count, std::uint64_t batch) {
    while (count > 0) {
        const auto now = std::min(count, batch);
        Commit commit;
        const auto version = store.version_of("s-1");
        commit.appends.push_back({"s-1", version == Version{0} ? Expected{NoStream{}} : Expected{version}, {}});
        for (std::uint64_t i = 0; i < now; ++i)
            commit.appends[0].events.push_back({"test.happened", 1, std::to_string(count - i)});
        REQUIRE(store.append_and_wait(commit));
        count -= now;
    }
}

LeafData chain_hashes(const EventStore& store) {
    LeafData leaves;
    while (leaves.size() < store.head().value)
        for (const auto& event : store.read_log(Position{leaves.size()}, 4096))
            leaves.emplace_back(bytes_of(event.chain_hash));
    return leaves;
}

}  // namespace

TEST_CASE_TEMPLATE("the root of a log is that of its chain hashes, for every size it ever had", Store, InMemory,
                   OnDisk) {
    Store store;
    CHECK(store->tree_head() == TreeHead{TreeSize{0}, recursive_root({})});
    for (const std::uint64_t batch : {1, 7, 100}) {
        grow(*store, 255, batch);
        const auto leaves = chain_hashes(*store);
        CHECK(store->tree_head() == TreeHead{TreeSize{leaves.size()}, recursive_root(leaves)});
        for (const std::size_t size : {std::size_t{1}, std::size_t{200}, leaves.size() / 2, leaves.size() - 1})
            CHECK(LogTree{store->storage()}.head(TreeSize{size}).root == recursive_root(std::span{leaves}.first(size)));
    }
}

TEST_CASE_TEMPLATE("a log continues its tree from any size", Store, InMemory, OnDisk) {
    Store store;
    for (const std::uint64_t more : {1, 254, 1, 1, 255, 256, 3, 600}) {
        grow(*store, more, 50);
        store.reopen();
        CHECK(store->tree_head().root == recursive_root(chain_hashes(*store)));
    }
}

TEST_CASE_TEMPLATE("storage keeps every complete node of 256 events and above, and no other", Store, InMemory, OnDisk) {
    Store store;
    grow(*store, 2 * 1024 + 300, 300);
    const auto leaves = chain_hashes(*store);
    std::size_t nodes = 0;
    store->storage().scan_tree([&](const TreeNode& node) {
        const auto width = std::size_t{1} << node.level;
        CHECK(width >= 256);
        CHECK(node.hash == recursive_root(std::span{leaves}.subspan(node.index * width, width)));
        CHECK(store->storage().find_tree_node(node.level, node.index) == node.hash);
        ++nodes;
        return true;
    });
    CHECK(nodes == 9 + 4 + 2 + 1);  // 256, 512, 1024 and 2048 events wide
    CHECK_FALSE(store->storage().find_tree_node(8, 9));
}

TEST_CASE_TEMPLATE("proofs are given for what the log holds, and for nothing beyond it", Store, InMemory, OnDisk) {
    Store store;
    CHECK(store->prove_inclusion(Position{1}, TreeSize{1}).error() == errc::beyond_end);
    grow(*store, 300, 30);
    CHECK(store->prove_inclusion(Position{0}, TreeSize{300}).error() == errc::beyond_end);
    CHECK(store->prove_inclusion(Position{301}, TreeSize{301}).error() == errc::beyond_end);
    CHECK(store->prove_inclusion(Position{7}, TreeSize{6}).error() == errc::beyond_end);
    CHECK(store->prove_consistency(TreeSize{0}, TreeSize{300}).error() == errc::beyond_end);
    CHECK(store->prove_consistency(TreeSize{7}, TreeSize{301}).error() == errc::beyond_end);
    CHECK(store->prove_consistency(TreeSize{7}, TreeSize{6}).error() == errc::beyond_end);

    const auto proof = store->prove_inclusion(Position{7}, TreeSize{290});
    REQUIRE(proof);
    const auto leaves = chain_hashes(*store);
    CHECK(proof->tree.root == recursive_root(std::span{leaves}.first(290)));
    const auto before = store->read_log(Position{5}, 1), at = store->read_log(Position{6}, 1);
    CHECK(proof->previous_chain_hash == before[0].chain_hash);
    const Sha256 sha256;
    CHECK(sha256({bytes_of(proof->previous_chain_hash), proof->record_body}) == at[0].chain_hash);
    const auto first = store->prove_inclusion(Position{1}, TreeSize{1});
    REQUIRE(first);
    CHECK(first->previous_chain_hash == Hash{});
    CHECK(first->path.empty());
}

TEST_CASE("a log whose tree lacks a node is refused") {
    MemoryLog log;
    {
        EventStore unhashed{std::make_unique<LentLog>(log), {.hashing = false}};
        grow(unhashed, 300, 30);
        CHECK(unhashed.read_log(Position{0}, 1)[0].chain_hash == Hash{});
    }
    CHECK_THROWS_AS(EventStore{std::make_unique<LentLog>(log)}, const StorageError&);
}

}  // namespace sillok
