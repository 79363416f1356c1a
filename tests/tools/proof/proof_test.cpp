// Proofs, from the log to somebody who has a root and the checker and nothing else.
#include "eventstore/proof/merkle.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/proof/proof_check.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

const std::filesystem::path proof_checker{SILLOK_PROOF_CHECKER};

using Json = nlohmann::json;

constexpr std::uint64_t leaves_max = 70;

// A tree of some leaves, and what it was with fewer.
struct Tree {
    Sha256 sha256;
    std::map<std::pair<unsigned, std::uint64_t>, Hash> nodes;
    std::vector<Hash> roots;

    Tree() {
        merkle::Frontier frontier;
        roots.push_back(frontier.root(sha256));
        for (std::uint64_t leaf = 0; leaf < leaves_max; ++leaf) {
            const auto hash = merkle::leaf_hash(std::to_string(leaf), sha256);
            nodes[{0, leaf}] = hash;
            frontier.add(hash, sha256, [&](const TreeNode& node) { nodes[{node.level, node.index}] = node.hash; });
            roots.push_back(frontier.root(sha256));
        }
    }
    [[nodiscard]] merkle::NodeSource source() const {
        return [this](unsigned level, std::uint64_t index) { return nodes.at({level, index}); };
    }
    proof_check::Inclusion inclusion(std::uint64_t leaf, std::uint64_t size) {
        return {.leaf = leaf,
                .tree_size = size,
                .leaf_hash = nodes.at({0, leaf}),
                .root = roots[size],
                .path = merkle::inclusion_path(leaf, TreeSize{size}, source(), sha256)};
    }
    proof_check::Consistency consistency(std::uint64_t from, std::uint64_t to) {
        return {.from_size = from,
                .to_size = to,
                .from_root = roots[from],
                .to_root = roots[to],
                .path = merkle::consistency_path(TreeSize{from}, TreeSize{to}, source(), sha256)};
    }
};

template <class Proof>
bool any_longer_or_shorter_path_holds(Proof proof) {
    proof.path.push_back({});
    if (holds(proof)) return true;
    proof.path.pop_back();
    if (proof.path.empty()) return false;
    proof.path.pop_back();
    return holds(proof);
}

template <class Proof>
bool any_flipped_byte_holds(const Proof& proof, const std::vector<proof_check::Hash*>& hashes) {
    for (auto* hash : hashes)
        for (auto& byte : *hash) {
            byte ^= 0x20;
            const bool held = holds(proof);
            byte ^= 0x20;
            if (held) return true;
        }
    return false;
}

// What the checker says of a proof, given as a file.
Ended checked(const Json& proof, std::vector<std::string> arguments = {}) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "proof.json";
    std::ofstream{file} << proof.dump();
    arguments.push_back(file.string());
    return run_program(proof_checker, arguments, {});
}

bool refused(const Json& proof) { return !proof_check::check(proof.dump(), {}); }

Json proof_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "proof");
    const auto ended = run_program(arguments);
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    return Json::parse(ended.out);
}

// Every text in the JSON with each of its characters, one at a time, replaced by another digit.
void each_forgery(const Json& proof, const std::function<void(const std::string& where, const Json& forged)>& visit) {
    const auto flat = proof.flatten();
    for (const auto& [where, value] : flat.items()) {
        if (!value.is_string() || where == "/kind") continue;
        const auto text = value.get<std::string>();
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto forged = text;
            forged[i] = forged[i] == '0' ? '1' : '0';
            if (forged == text) continue;
            auto changed = flat;
            changed[where] = forged;
            visit(where + " at " + std::to_string(i), changed.unflatten());
        }
    }
}

}  // namespace

TEST_CASE("every leaf is proven in every tree that has it") {
    Tree tree;
    for (std::uint64_t size = 1; size <= leaves_max; ++size)
        for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
            CAPTURE(size);
            CAPTURE(leaf);
            auto proof = tree.inclusion(leaf, size);
            CHECK(holds(proof));
            CHECK_FALSE(any_longer_or_shorter_path_holds(proof));
            std::vector<proof_check::Hash*> hashes{&proof.leaf_hash, &proof.root};
            for (auto& one : proof.path) hashes.push_back(&one);
            CHECK_FALSE(any_flipped_byte_holds(proof, hashes));
            proof.leaf = (leaf + 1) % size;
            CHECK(holds(proof) == (size == 1));
            proof.leaf = size;
            CHECK_FALSE(holds(proof));
        }
}

TEST_CASE("every tree is proven to be the beginning of every larger one") {
    Tree tree;
    for (std::uint64_t to = 1; to <= leaves_max; ++to)
        for (std::uint64_t from = 1; from <= to; ++from) {
            CAPTURE(from);
            CAPTURE(to);
            auto proof = tree.consistency(from, to);
            CHECK(holds(proof));
            CHECK_FALSE(any_longer_or_shorter_path_holds(proof));
            std::vector<proof_check::Hash*> hashes{&proof.from_root, &proof.to_root};
            for (auto& one : proof.path) hashes.push_back(&one);
            CHECK_FALSE(any_flipped_byte_holds(proof, hashes));
            proof.from_size = 0;
            CHECK_FALSE(holds(proof));
            proof.from_size = to + 1;
            CHECK_FALSE(holds(proof));
        }
}

TEST_CASE("somebody with a root and the checker is convinced that an event is in the log") {
    const LogDirectory log;
    log.grow(600);
    const std::vector<std::string> inclusion{"inclusion", "--data", log.data.string(), "--position"};
    const auto of = [&](std::vector<std::string> more) {
        auto arguments = inclusion;
        arguments.insert(arguments.end(), more.begin(), more.end());
        return proof_of(arguments);
    };
    const auto root = of({"1"}).at("root").get<std::string>();
    for (const auto* position : {"1", "2", "256", "257", "599", "600"}) {
        const auto proof = of({position});
        CHECK(proof.at("root") == root);
        const auto ended = checked(proof, {"--root", root});
        CHECK_MESSAGE(ended.status == 0, ended.err);
        CHECK(ended.out ==
              "position " + std::string{position} + " is in the log of 600 events whose root is " + root + "\n");
    }
    const auto earlier = of({"7", "--size", "300"});
    CHECK(earlier.at("treeSize") == 300);
    CHECK(checked(earlier, {"--unrooted"}).status == 0);
    const auto another = checked(earlier, {"--root", root});
    CHECK(another.status == 1);
    CHECK(another.err == "sillok-check-proof: the root is another one than the one that is known\n");
}

TEST_CASE("somebody with an older root is convinced that the log only grew") {
    const LogDirectory log;
    log.grow(300);
    const auto data = log.data.string();
    const auto before = proof_of({"inclusion", "--data", data, "--position", "1"}).at("root").get<std::string>();
    log.grow(500);
    const auto proof = proof_of({"consistency", "--data", data, "--from", "300"});
    CHECK(proof.at("fromRoot") == before);
    const auto ended = checked(proof, {"--from-root", before, "--root", proof.at("toRoot").get<std::string>()});
    CHECK_MESSAGE(ended.status == 0, ended.err);
    CHECK(ended.out == "the log of 300 events is the beginning of the log of 800\n");
    CHECK(checked(proof, {"--from-root", std::string(64, 'a')}).status == 1);
    CHECK(checked(proof_of({"consistency", "--data", data, "--from", "1", "--to", "256"}), {"--unrooted"}).status == 0);
}

TEST_CASE("a proof with any other digit in it is refused") {
    const LogDirectory log;
    log.grow(40);
    const auto data = log.data.string();
    for (const auto& proof : {proof_of({"inclusion", "--data", data, "--position", "17"}),
                              proof_of({"consistency", "--data", data, "--from", "17"})}) {
        REQUIRE_FALSE(refused(proof));
        each_forgery(proof,
                     [](const std::string& where, const Json& forged) { CHECK_MESSAGE(refused(forged), where); });
        for (const auto& [name, value] : proof.items()) {
            auto without = proof;
            without.erase(name);
            CHECK_MESSAGE(refused(without), name);
        }
    }
    auto moved = proof_of({"inclusion", "--data", data, "--position", "17"});
    moved["position"] = 18;
    CHECK(proof_check::check(moved.dump(), {}).error() == "the record is that of another position");
    for (const auto* text : {"", "{", "{\"kind\":4e999}"})
        CHECK(proof_check::check(text, {}).error() == "this is no proof: not JSON");
    CHECK(proof_check::check(moved.dump() + std::string{"\0}", 2}, {}).error() == "this is no proof: not JSON");
}

TEST_CASE("what cannot be proven or checked is said in one sentence") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto beyond = run_program({"proof", "inclusion", "--data", data, "--position", "11"});
    CHECK(beyond.status == 1);
    CHECK(beyond.err == "sillok: there is no position 11 in a log of 10 events\n");
    const auto then = run_program({"proof", "inclusion", "--data", data, "--position", "9", "--size", "8"});
    CHECK(then.err == "sillok: there is no position 9 in a log of 8 events; this one has 10\n");
    const auto backwards = run_program({"proof", "consistency", "--data", data, "--from", "9", "--to", "8"});
    CHECK(backwards.status == 1);
    CHECK(backwards.err == "sillok: a log of 9 events is not the beginning of one of 8; this one has 10\n");

    CHECK(run_program(proof_checker, {"--help"}, {}).status == 0);
    CHECK(run_program(proof_checker, {"--root", "short"}, {}).status == 2);
    CHECK(run_program(proof_checker, {"one", "two"}, {}).status == 2);
    const auto missing = run_program(proof_checker, {"/nowhere.json"}, {});
    CHECK(missing.status == 1);
    CHECK(missing.err == "sillok-check-proof: cannot open /nowhere.json: No such file or directory\n");
    CHECK(checked(Json::array()).err == "sillok-check-proof: this is no proof: not a JSON object\n");
    CHECK(checked({{"kind", "promise"}}).err == "sillok-check-proof: this kind of proof is unknown: \"promise\"\n");
    CHECK(checked({{"kind", "inclusion"}}).err == "sillok-check-proof: the proof has no field position\n");
}

}  // namespace sillok
