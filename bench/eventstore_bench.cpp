// The steps that every event takes on its way into the log and out of it, one by one.
#include "eventstore/base/crc32c.hpp"
#include "eventstore/proof/merkle.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/storage/record.hpp"
#include "eventstore/writer/sealer.hpp"
#include "eventstore/writer/sequencer.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace sillok {
namespace {

constexpr std::size_t heads_max = 200'000;
constexpr std::size_t commands_max = 100'000;
constexpr std::size_t group_commits = 64;

// One event of about 300 bytes, to the stream's version `version`.
Commit commit_to(std::string stream, std::uint64_t version, Uuid command_id = {}) {
    Commit commit{.metadata = {.time = Timestamp{1'790'000'000'000}, .command_id = command_id, .actor = "bench"}};
    const auto expected = version == 0 ? Expected{NoStream{}} : Expected{Version{version}};
    commit.appends.push_back({std::move(stream), expected, {}});
    commit.appends.back().events.push_back({.type = "order.placed", .payload = std::string(150, 'x')});
    return commit;
}

// A log without a disk, and what stands between a caller and it.
struct Pipeline {
    MemoryLog log;
    Sequencer sequencer{log, heads_max, commands_max};
    std::uint64_t version = 0;

    OpenGroup group(std::size_t commits) {
        for (std::size_t i = 0; i < commits; ++i) benchmark::DoNotOptimize(sequencer.accept(next()));
        return sequencer.take_open();
    }
    Commit next() { return commit_to("order-1", version++); }
};

// Argument: 1 with command ids, 0 without.
void accepting(benchmark::State& state) {
    Pipeline pipeline;
    std::uint64_t random = 1;
    for (auto _ : state) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto id = state.range(0) == 1 ? uuid_v7(1, random, ~random) : Uuid{};
        benchmark::DoNotOptimize(pipeline.sequencer.accept(commit_to("order-1", pipeline.version++, id)));
        if (pipeline.version % group_commits == 0) {
            auto group = pipeline.sequencer.take_open();
            pipeline.sequencer.durable_up_to(group.number);
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(accepting)->Arg(0)->Arg(1);

// Argument: 1 with the hash chain and the tree, 0 without.
void sealing(benchmark::State& state) {
    Pipeline pipeline;
    Sealer sealer{pipeline.log, state.range(0) == 1 ? Sealer::Hashing::on : Sealer::Hashing::off};
    for (auto _ : state) {
        state.PauseTiming();
        auto group = pipeline.group(group_commits);
        state.ResumeTiming();
        benchmark::DoNotOptimize(sealer.seal(group));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(group_commits));
}
BENCHMARK(sealing)->ArgName("hashing")->Arg(0)->Arg(1);

void reading_a_record(benchmark::State& state) {
    Pipeline pipeline;
    auto group = pipeline.group(1);
    const auto sealed = Sealer{pipeline.log}.seal(group);
    for (auto _ : state) benchmark::DoNotOptimize(record::read(Position{1}, sealed->records));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sealed->records.size()));
}
BENCHMARK(reading_a_record);

void hashing_a_record(benchmark::State& state) {
    const std::string bytes(300, 'x');
    const Sha256 sha256;
    for (auto _ : state) benchmark::DoNotOptimize(sha256({bytes}));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(hashing_a_record);

void growing_the_tree(benchmark::State& state) {
    merkle::Frontier frontier;
    Sha256 sha256;
    const auto leaf = sha256({"leaf"});
    for (auto _ : state) frontier.add(leaf, sha256, [](const TreeNode& node) { benchmark::DoNotOptimize(node); });
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(growing_the_tree);

void checksumming_a_record(benchmark::State& state) {
    const std::string bytes(300, 'x');
    for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(checksumming_a_record);

}  // namespace
}  // namespace sillok
