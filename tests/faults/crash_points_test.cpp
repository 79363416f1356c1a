// Every operation of a log's disk fails once, in every way that a disk or a machine can fail. The log that is opened
// afterwards holds every acknowledged commit, and every other commit wholly or not at all.
//
// The disk's operations come in the same order every time (StepwiseEnv), so that the n-th is the same one
// in every run; the test checks that it is.
#include "eventstore/proof/verify.hpp"
#include "tests/faults/workload.hpp"
#include "tests/stride.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sillok {
namespace {

using Survives = SimulatedFileSystem::Survives;

struct Disaster {
    std::string_view name;
    Fault::Kind kind;
    Survives survives;
};

constexpr Disaster disasters[] = {
    {"power cut", Fault::Kind::stop, Survives::synced},
    {"power cut, names kept", Fault::Kind::stop, Survives::synced_and_names},
    {"power cut, write torn", Fault::Kind::torn_write, Survives::synced},
    {"kill -9", Fault::Kind::stop, Survives::everything},
    {"bit flipped", Fault::Kind::bit_flip, Survives::everything},
    {"EIO", Fault::Kind::io_error, Survives::everything},
    {"EIO, then power cut", Fault::Kind::io_error, Survives::synced},
    {"ENOSPC once", Fault::Kind::no_space_once, Survives::everything},
    {"ENOSPC", Fault::Kind::no_space, Survives::everything},
};

using Wrong = std::optional<std::string>;

Wrong first_problem(const LogReport& report) {
    if (report.ok()) return std::nullopt;
    const auto& problem = report.problems.front();
    return "verification: " + (problem.position ? "position " + std::to_string(problem.position->value) : "") + " " +
           problem.stream + " " + problem.what;
}

// A log that must be whole: it opens, holds what it must, and goes on; the next loss of power takes nothing away.
Wrong whole_after(Workload& workload, SimulatedFileSystem& disk) {
    if (const auto opened = workload.open(); !opened) return opened.error();
    if (auto wrong = first_problem(verify_log(workload.store().storage()))) return wrong;
    if (auto wrong = workload.history().contradicted_by(workload.store())) return wrong;
    if (auto wrong = workload.goes_on()) return wrong;
    workload.close();
    disk.reboot(Survives::synced);
    if (const auto opened = workload.open(); !opened) return "after the next power cut: " + opened.error();
    if (auto wrong = workload.history().contradicted_by(workload.store())) return "after the next power cut: " + *wrong;
    if (auto wrong = first_problem(verify_log(workload.store().storage()))) return wrong;
    workload.close();
    return first_problem(workload.verify_on_disk());
}

// A log with a changed bit in it somewhere: that is found, or it does not matter.
Wrong found_or_harmless(Workload& workload, SimulatedFileSystem& disk, std::atomic<std::uint64_t>& found) {
    if (const auto report = workload.verify_on_disk(); !report.ok()) {
        ++found;
        const auto& problem = report.problems.front();
        const auto tells = [&](std::string_view what) { return problem.what.find(what) != std::string::npos; };
        const bool located = problem.position || !problem.stream.empty() || tells(".sst") || tells("cannot be opened");
        if (!located) return "not located: " + problem.what;
        return std::nullopt;
    }
    return whole_after(workload, disk);
}

Wrong survive(const Disaster& disaster, std::uint64_t at, std::atomic<std::uint64_t>& found) {
    const auto disk = std::make_shared<SimulatedFileSystem>();
    Workload workload{disk};
    disk->will_fail({disaster.kind, at});
    if (auto wrong = workload.run()) return wrong;
    if (!disk->has_failed()) return "the fault never came";
    workload.close();
    disk->reboot(disaster.survives);
    try {
        return disaster.kind == Fault::Kind::bit_flip ? found_or_harmless(workload, *disk, found)
                                                      : whole_after(workload, *disk);
    } catch (const StorageError& error) {
        return std::string{"it cannot be read: "} + error.what();
    }
}

// Each point has a disk and a log of its own, so that every processor can be at one.
std::map<std::uint64_t, std::string> all_that_do_not_survive(const Disaster& disaster,
                                                             const std::vector<std::uint64_t>& points,
                                                             std::atomic<std::uint64_t>& found) {
    std::map<std::uint64_t, std::string> failures;
    std::mutex mutex;
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (auto i = next++; i < points.size(); i = next++) {
            if (const auto wrong = survive(disaster, points[i], found)) {
                const std::scoped_lock lock{mutex};
                failures.emplace(points[i], *wrong);
            }
        }
    };
    {
        const std::jthread other{work};
        work();
    }
    return failures;
}

std::vector<Operation> operations_of_one_run() {
    const auto disk = std::make_shared<SimulatedFileSystem>();
    Workload workload{disk};
    const auto wrong = workload.run();
    REQUIRE_MESSAGE(!wrong, *wrong);
    auto operations = disk->operations();
    workload.close();
    disk->reboot(Survives::synced);
    const auto lost = whole_after(workload, *disk);
    REQUIRE_MESSAGE(!lost, *lost);
    return operations;
}

}  // namespace

TEST_CASE("a fault at any disk operation loses nothing acknowledged and adds nothing else") {
    const auto operations = operations_of_one_run();
    REQUIRE(operations == operations_of_one_run());
    std::cout << "crash points: " << operations.size() << " operations, every " << stride << ";" << std::flush;
    std::uint64_t first = 0;
    for (const auto& disaster : disasters) {
        std::vector<std::uint64_t> points;
        for (std::uint64_t at = 1 + first++ % stride; at <= operations.size(); at += stride)
            if (Fault{disaster.kind, at}.concerns(operations[at - 1])) points.push_back(at);
        std::atomic<std::uint64_t> found = 0;
        for (const auto& [at, wrong] : all_that_do_not_survive(disaster, points, found))
            FAIL_CHECK(disaster.name, " at operation ", at, " (", name(operations[at - 1]), "): ", wrong);
        std::cout << ' ' << disaster.name << ' ' << points.size();
        if (disaster.kind == Fault::Kind::bit_flip) std::cout << " (" << found << " found, the others harmless)";
        std::cout << ';' << std::flush;
    }
    std::cout << '\n';
}

}  // namespace sillok
