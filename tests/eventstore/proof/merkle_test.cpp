// The tree of RFC 9162 against its own definition, and its proofs against the RFC's way to check them.
#include "eventstore/proof/merkle.hpp"
#include "eventstore/base/hash.hpp"
#include "tests/eventstore/proof/recursive_tree.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <utility>

namespace sillok {

namespace {

using namespace std::string_literals;

constexpr std::size_t leaves_max = 70;

// A tree built leaf by leaf, and every complete node that it made on the way.
struct Grown {
    explicit Grown(LeafData data) : leaves(std::move(data)) {
        roots.push_back(frontier.root(sha256));
        for (const auto& leaf : leaves) {
            const auto hash = merkle::leaf_hash(leaf, sha256);
            nodes[{0, frontier.size().value}] = hash;
            frontier.add(hash, sha256, [&](const TreeNode& node) { nodes[{node.level, node.index}] = node.hash; });
            roots.push_back(frontier.root(sha256));
        }
    }
    [[nodiscard]] merkle::NodeSource source() const {
        return [this](unsigned level, std::uint64_t index) { return nodes.at({level, index}); };
    }

    LeafData leaves;
    Sha256 sha256;
    merkle::Frontier frontier;
    std::vector<Hash> roots;  // of the first 0, 1, 2 ... leaves
    std::map<std::pair<unsigned, std::uint64_t>, Hash> nodes;
};

LeafData numbered_leaves(std::size_t count) {
    LeafData leaves;
    for (std::size_t i = 0; i < count; ++i) leaves.push_back("leaf " + std::to_string(i));
    return leaves;
}

}  // namespace

TEST_CASE("the roots are those that certificate logs publish for the same leaves") {
    const Grown grown{{"", "\x00"s, "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43",
                       "\x50\x51\x52\x53\x54\x55\x56\x57",
                       "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"}};
    const std::array known{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                           "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                           "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                           "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                           "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                           "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                           "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                           "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    REQUIRE(grown.roots.size() == known.size());
    for (std::size_t size = 0; size < known.size(); ++size) CHECK(hex(grown.roots[size]) == known[size]);
}

TEST_CASE("every way to compute the root gives the one of the definition") {
    const Grown grown{numbered_leaves(leaves_max)};
    Sha256 sha256;
    for (std::size_t size = 0; size <= leaves_max; ++size) {
        CAPTURE(size);
        const auto expected = recursive_root(std::span{grown.leaves}.first(size));
        CHECK(grown.roots[size] == expected);
        CHECK(merkle::root(TreeSize{size}, grown.source(), sha256) == expected);
        CHECK(merkle::Frontier{TreeSize{size}, grown.source()}.root(sha256) == expected);
    }
}

TEST_CASE("every complete node that a growing tree names is the root of the leaves beneath it") {
    const Grown grown{numbered_leaves(leaves_max)};
    std::size_t expected = 0;
    for (std::size_t leaves = 1; leaves <= leaves_max; leaves *= 2) expected += leaves_max / leaves;
    CHECK(grown.nodes.size() == expected);
    for (const auto& [place, hash] : grown.nodes) {
        const auto width = std::size_t{1} << place.first;
        CHECK(hash == recursive_root(std::span{grown.leaves}.subspan(place.second * width, width)));
    }
}

TEST_CASE("a tree continued at any size grows into the same tree") {
    const Grown grown{numbered_leaves(leaves_max)};
    Sha256 sha256;
    for (std::size_t size = 0; size <= leaves_max; ++size) {
        merkle::Frontier frontier{TreeSize{size}, grown.source()};
        for (auto leaf = size; leaf < leaves_max; ++leaf)
            frontier.add(grown.nodes.at({0, leaf}), sha256,
                         [&](const TreeNode& node) { CHECK(node.hash == grown.nodes.at({node.level, node.index})); });
        CHECK(frontier.root(sha256) == grown.roots.back());
    }
}

TEST_CASE("a path has the hashes that the RFC's examples list, in their order") {
    const Grown grown{numbered_leaves(7)};
    Sha256 sha256;
    const auto leaf = [&](std::uint64_t index) { return grown.nodes.at({0, index}); };
    const auto g = grown.nodes.at({1, 0}), h = grown.nodes.at({1, 1}), i = grown.nodes.at({1, 2});
    const auto k = grown.nodes.at({2, 0});
    const auto l = merkle::node_hash(i, leaf(6), sha256);
    const auto inclusion = [&](std::uint64_t of) {
        return merkle::inclusion_path(of, TreeSize{7}, grown.source(), sha256);
    };
    using Path = std::vector<Hash>;
    CHECK(inclusion(0) == Path{leaf(1), h, l});
    CHECK(inclusion(3) == Path{leaf(2), g, l});
    CHECK(inclusion(4) == Path{leaf(5), leaf(6), k});
    CHECK(inclusion(6) == Path{i, k});
    const auto consistency = [&](std::uint64_t from) {
        return merkle::consistency_path(TreeSize{from}, TreeSize{7}, grown.source(), sha256);
    };
    CHECK(consistency(3) == Path{leaf(2), leaf(3), g, l});
    CHECK(consistency(4) == Path{l});
    CHECK(consistency(6) == Path{i, leaf(6), k});
    CHECK(consistency(7).empty());
}

}  // namespace sillok
