// The commands of sh blocks: each with the reason why no test runs it as it stands, and, where a page needs its effect
// for the commands after it, the command that the test runs instead.
#pragma once

#include <string_view>

namespace sillok::docs {

struct NotRun {
    std::string_view page;
    std::string_view command;
    std::string_view reason;
    std::string_view instead{};
};

constexpr std::string_view installs = "installs packages as root";
constexpr std::string_view builds = "builds the project, which has built this test";
constexpr std::string_view runs_tests = "runs tests, this one among them";
constexpr std::string_view measures = "measures for minutes, or what the machine has not got";
constexpr std::string_view library_test = "library_test.cpp runs it, into a directory of its own";

constexpr NotRun not_run[] = {
    {"README.md", "tools/run", installs, "sillok serve --data ./data &"},
    {"README.md", "tools/test", runs_tests},
    {"docs/getting-started.md", "tools/run", installs},
    {"docs/eventstore.md", "tools/setup", installs},
    {"docs/eventstore.md", "cmake --preset release && cmake --build --preset release --target sillok_eventstore",
     builds},
    {"docs/eventstore.md", "cmake --install build/release --component eventstore --prefix /usr/local", library_test},
    {"docs/hacking.md", "cmake --preset release", builds},
    {"docs/hacking.md", "cmake --build --preset release --target sillok", builds},
    {"docs/hacking.md", "cmake --build --preset release --target tests_sagas", builds},
    {"docs/hacking.md", "build/release/tests_sagas --list-test-cases", runs_tests},
    {"docs/hacking.md", "build/release/tests_sagas --test-case='*cancellation*'", runs_tests},
    {"docs/hacking.md", "tools/test asan", runs_tests},
    {"docs/hacking.md", "tools/tidy --format", installs},
    {"docs/hacking.md", "tools/tidy sagas/fulfilment.cpp", installs},
    {"docs/simulation.md", "bench/kills", measures},
    {"docs/benchmarks.md", "sillok bench append --clients 64 --seconds 5", measures},
    {"docs/benchmarks.md", "sillok bench read --events 10000000", measures},
    {"docs/benchmarks.md", "sillok bench orders --seconds 60", measures},
    {"docs/benchmarks.md", "sillok bench hot-product --seconds 20", measures},
    {"docs/benchmarks.md", "sillok bench rebuild", measures},
    {"docs/benchmarks.md", "sillok import online-retail online-retail-dataset.csv.gz --server http://127.0.0.1:8080",
     "the data set is not part of this repository"},
    {"docs/benchmarks.md",
     "siege -c100 -t60S -b --content-type application/json \\\n    'http://127.0.0.1:8080/v1/orders POST "
     "{\"productId\":\"tv\",\"quantity\":1,\"customerId\":\"c1\"}'",
     measures},
    {"docs/benchmarks.md", "bench/peers/run", installs},
    {"docs/benchmarks.md", "build/release/bench_eventstore", measures},
    {"docs/benchmarks.md", "build/release/bench_aggregates", measures},
    {"docs/performance.md", "TMPDIR=/somewhere/on/a/disk sillok bench orders --seconds 8 --json", measures},
    {"docs/performance.md", "perf record -a -F 997 -o orders.perf -- sleep 9", measures},
    {"docs/performance.md", "perf report -i orders.perf --sort comm,dso", measures},
    {"docs/performance.md", "perf report -i orders.perf --sort comm,symbol", measures},
};

}  // namespace sillok::docs
