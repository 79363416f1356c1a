// Backups of a server under load, with kills, damaged files, full targets and a stranger's log in between: what says
// success restores to the same chain, everything else is refused, and two logs never mix.
//
// SILLOK_BACKUP_SECONDS   how long; default 12
// SILLOK_BACKUP_SEED      repeats the choices of an earlier run; each run prints its seed
#include "tests/eventually.hpp"
#include "tests/small_disk.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <boost/system/system_error.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using namespace std::chrono_literals;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

HttpResponse ask(const ServerAddress& address, Method method, const std::string& target, const Json& body) {
    HttpRequest request{.method = method, .target = target, .body = body.is_null() ? "" : body.dump()};
    return exchange_once(address, std::move(request), 0s);
}

// Orders of one server until it is gone or the object is destroyed.
class Load {
   public:
    Load(const ServerAddress& address, std::atomic<std::uint64_t>& number)
        : thread_{[this, address, &number] {
              for (unsigned unanswered = 0; !done_ && unanswered < unanswered_max;) {
                  const Json body{{"orderId", "o-" + std::to_string(number + 1)},
                                  {"productId", "tv"},
                                  {"quantity", 1},
                                  {"customerId", "c"}};
                  try {
                      ask(address, Method::post, "/v1/orders", body);
                      ++number;
                  } catch (const std::exception&) {
                      ++unanswered;  // slow, or killed
                  }
              }
          }} {}
    ~Load() {
        done_ = true;
        thread_.join();
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

   private:
    static constexpr unsigned unanswered_max = 100;

    std::atomic<bool> done_ = false;
    std::thread thread_;
};

struct Run {
    TemporaryDirectory directory;
    SmallDisk small{40u << 20};
    fs::path data = directory.path() / "data";
    fs::path backups = directory.path() / "backups";
    fs::path target = backups / "b";
    std::mt19937_64 random;
    std::atomic<std::uint64_t> orders = 0;
    std::map<std::uint64_t, Json> succeeded;  // by number: what each said
    std::uint64_t damaged_up_to = 0;          // the newest of those that may have been damaged since
    std::uint64_t made = 0, killed = 0, damaged = 0, restored = 0, refused = 0;

    explicit Run(std::uint64_t seed) : random(seed) {}
    std::uint64_t below(std::uint64_t limit) { return random() % limit; }
};

void remember(Run& run, const Json& backup) {
    ++run.made;
    const auto number = backup.at("backup").get<std::uint64_t>();
    CHECK((run.damaged > 0 ||
           !run.succeeded.contains(number)));  // where the newest one's notes are gone it is free again
    run.succeeded[number] = backup;
}

// One server's life: load, backups in it, and its end by a kill or a stop.
void serve_and_back_up(Run& run) {
    ServerProcess server{program, run.data, {"--backups", run.backups.string()}, run.directory.path() / "log"};
    const auto address = *parse_server(server.url());
    if (run.orders == 0) {
        REQUIRE(ask(address, Method::post, "/v1/products",
                    {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 5}, {"currency", "KRW"}}}})
                    .status == 201);
        REQUIRE(ask(address, Method::post, "/v1/products/tv/stock-receipts", {{"quantity", 100'000'000}}).status ==
                201);
    }
    const Load load{address, run.orders};
    std::thread killer;
    const bool is_killed = run.below(4) != 0;
    if (is_killed)
        killer = std::thread{[&run, &server, at = run.orders + 10 + run.below(400)] {
            std::ignore = eventually(30s, "orders arrive", [&] { return run.orders >= at; });
            server.kill();
        }};
    try {
        for (std::uint64_t left = 1 + run.below(4); left > 0; --left) {
            const auto answer = ask(address, Method::post, "/v1/admin/backups", {{"to", "b"}, {"keep", 5}});
            if (answer.status == 201)
                remember(run, Json::parse(answer.body));
            else
                ++run.refused;
        }
    } catch (const std::exception&) {
        CHECK(is_killed);  // whether this one succeeded nobody was told
    }
    if (killer.joinable()) killer.join();
    if (is_killed) ++run.killed;
    if (!is_killed) CHECK(server.stop(30s) == 0);
}

std::string restore_sentence(const Run& run, std::uint64_t number, const fs::path& to) {
    const auto ended = run_program(
        {"restore", "--from", run.target.string(), "--backup", std::to_string(number), "--to", to.string()});
    CHECK((ended.status == 0 || ended.status == 1));
    return ended.status == 0 ? "" : ended.err;
}

// A backup that said success, restored and verified, is what it said.
void check_restored(Run& run, const fs::path& restored, const Json& backup) {
    const auto head = backup.at("head").get<std::uint64_t>();
    const auto ended = run_program({"verify", "--data", restored.string(), "--json"});
    REQUIRE_MESSAGE(ended.status == 0, ended.out);
    const auto report = Json::parse(ended.out);
    CHECK(report.at("head").get<std::uint64_t>() >= head);
    CHECK(report.at("logId") == backup.at("logId"));
    if (head == 0) return;
    const auto cut = restored.string() + "-cut";
    const auto until = run_program({"restore", "--from", run.target.string(), "--backup",
                                    std::to_string(backup.at("backup").get<std::uint64_t>()), "--to", cut, "--until",
                                    "position:" + std::to_string(head), "--json"});
    REQUIRE_MESSAGE(until.status == 0, until.err);
    CHECK(Json::parse(until.out).at("chainHash") == backup.at("chainHash"));
    fs::remove_all(cut);
    ++run.restored;
}

// Those that were removed by --keep are forgotten.
std::set<std::uint64_t> present(const Run& run) {
    const auto ended = run_program({"backup", "list", run.target.string(), "--json"});
    std::set<std::uint64_t> numbers;
    if (ended.out.empty()) return numbers;
    const auto list = Json::parse(ended.out);
    for (const auto& backup : list.value("backups", Json::array()))
        numbers.insert(backup.at("backup").get<std::uint64_t>());
    return numbers;
}

void restore_newest(Run& run) {
    if (run.succeeded.empty()) return;
    const auto& [number, backup] = *run.succeeded.rbegin();
    if (number <= run.damaged_up_to) return;
    const auto to = run.directory.path() / "restored";
    const auto refusal = restore_sentence(run, number, to);
    CHECK_MESSAGE(refusal.empty(), refusal);
    if (refusal.empty()) check_restored(run, to, backup);
    fs::remove_all(to);
}

// Changes a file of the backups. Each backup is then restored as it was, or refused; never something else.
void damage_one_file(Run& run) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator{run.target})
        if (entry.is_regular_file() && entry.path().filename() != "LOCK" && entry.file_size() > 0)
            files.push_back(entry.path());
    if (files.empty()) return;
    const auto file = files[run.below(files.size())];
    const auto kept = run.directory.path() / "kept";
    fs::copy_file(file, kept, fs::copy_options::overwrite_existing);
    switch (run.below(3)) {
        case 0: fs::remove(file); break;
        case 1: fs::resize_file(file, fs::file_size(file) / 2); break;
        default: {
            std::fstream stream{file, std::ios::binary | std::ios::in | std::ios::out};
            const auto at = static_cast<std::streamoff>(run.below(fs::file_size(file)));
            stream.seekg(at);
            const char byte = static_cast<char>(stream.get() ^ 0x20);
            stream.seekp(at);
            stream.put(byte);
        }
    }
    ++run.damaged;
    INFO(file.string());
    const auto to = run.directory.path() / "restored";
    for (const auto number : present(run)) {
        const auto found = run.succeeded.find(number);
        if (found == run.succeeded.end()) continue;
        const auto refusal = restore_sentence(run, number, to);
        if (refusal.empty())
            check_restored(run, to, found->second);
        else
            ++run.refused;
        fs::remove_all(to);
    }
    // Half of the time it stays damaged: what succeeds after it must be whole all the same.
    if (run.below(2) == 0)
        fs::copy_file(kept, file, fs::copy_options::overwrite_existing);
    else if (!run.succeeded.empty())
        run.damaged_up_to = run.succeeded.rbegin()->first;
}

void try_a_full_target(Run& run) {
    if (!run.small.is_there()) return;
    run.small.leave(run.below(2u << 20));
    const auto to = (run.small.path() / "b").string();
    const auto ended = run_program({"backup", "--data", run.data.string(), "--to", to, "--json"});
    CHECK((ended.status == 0 || ended.status == 1));
    if (ended.status == 1) CHECK(run_program({"backup", "list", to}).out.find("backup 1") == std::string::npos);
    fs::remove_all(to);
    run.small.make_room();
}

}  // namespace

TEST_CASE("what says that it is a backup restores to the same log, under kills, damage and full disks") {
    const auto seed = number_from("SILLOK_BACKUP_SEED", std::random_device{}());
    MESSAGE("SILLOK_BACKUP_SEED=", seed);
    Run run{seed};
    LogDirectory stranger;
    stranger.grow(20);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{number_from("SILLOK_BACKUP_SECONDS", 12)};
    while (std::chrono::steady_clock::now() < end) {
        serve_and_back_up(run);
        restore_newest(run);
        if (!fs::exists(run.target)) continue;
        const auto mixed = run_program({"backup", "--data", stranger.data.string(), "--to", run.target.string()});
        CHECK((mixed.status == 1 || run.succeeded.empty()));
        if (run.below(3) == 0) damage_one_file(run);
        if (run.below(3) == 0) try_a_full_target(run);
    }
    const auto verified = run_program({"verify", "--data", run.data.string()});
    CHECK_MESSAGE(verified.status == 0, verified.out);
    MESSAGE(run.made, " backups, ", run.killed, " kills, ", run.damaged, " damaged files, ", run.restored,
            " restored and compared, ", run.refused, " refused");
}

}  // namespace sillok
