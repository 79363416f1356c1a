// Backups that there are: listed, checked, removed by a rule; and what a restore would do.
#include "tests/eventually.hpp"
#include "tests/small_disk.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

// What it prints as JSON, with this status.
Json told(const Arguments& arguments, int status = 0) {
    auto all = arguments;
    all.emplace_back("--json");
    const auto ended = run_program(all);
    REQUIRE_MESSAGE(ended.status == status, ended.err);
    return Json::parse(ended.out);
}

struct Backups {
    // This number of backups, each of ten more events.
    explicit Backups(int count) {
        for (int i = 0; i < count; ++i) {
            log.grow(10);
            told({"backup", "--data", log.data.string(), "--to", path});
        }
    }
    [[nodiscard]] fs::path a_table() const {
        std::vector<fs::path> tables;
        for (const auto& entry : fs::directory_iterator{fs::path{path} / "shared_checksum"}) tables.push_back(entry);
        std::ranges::sort(tables);
        return tables.front();
    }

    LogDirectory log;
    std::string path = (log.directory.path() / "backups").string();
};

void change_a_byte(const fs::path& file) {
    std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
    bytes.seekg(100);
    const auto byte = static_cast<char>(bytes.get() ^ 1);
    bytes.seekp(100);
    bytes.put(byte);
}

Json health(const ServerProcess& server) {
    const auto answer =
        exchange_once(*parse_server(server.url()), {.method = Method::get, .target = "/readyz?verbose"}, 15s);
    return Json::parse(answer.body);
}

std::string contents(const fs::path& file) {
    std::ifstream input{file};
    return {std::istreambuf_iterator<char>{input}, {}};
}

}  // namespace

TEST_CASE("a list has every backup with what is new in it, and names what is damaged") {
    const Backups backups{2};
    const auto list = told({"backup", "list", backups.path});
    REQUIRE(list.at("backups").size() == 2);
    const auto& second = list.at("backups").at(1);
    CHECK(second.at("backup") == 2);
    CHECK(second.at("head") == 20);
    CHECK(second.at("damaged") == false);
    CHECK(second.at("bytesCopied") < second.at("bytes"));
    CHECK(second.at("logId") == list.at("backups").at(0).at("logId"));
    CHECK(list.at("damages").empty());
    CHECK(told({"restore", "--list", "--from", backups.path}) == list);
    const auto text = run_program({"backup", "list", backups.path});
    CHECK(text.status == 0);
    CHECK(std::ranges::count(text.out, '\n') == 3);
    CHECK(text.out.find("epoch 1\n") != std::string::npos);

    const auto table = backups.a_table();
    fs::resize_file(table, fs::file_size(table) - 1);
    const auto damaged = told({"backup", "list", backups.path});
    CHECK(damaged.at("backups").at(0).at("damaged") == true);
    CHECK(damaged.at("damages").at(0).at("file") == "shared_checksum/" + table.filename().string());
    CHECK(run_program({"backup", "list", backups.path}).out.find("backups 1, 2: shared_checksum/") !=
          std::string::npos);

    const auto none = run_program({"backup", "list", "/nowhere"});
    CHECK(none.status == 1);
    CHECK(none.err == "sillok: /nowhere holds no backup\n");
    CHECK(run_program({"backup", "list"}).status == 2);
}

TEST_CASE("verify says what it has not read, and status 3 is damage") {
    const Backups backups{2};
    const auto glance = run_program({"backup", "verify", backups.path});
    CHECK(glance.status == 0);
    CHECK(glance.out.find("2 backups checked: ") == 0);
    CHECK(glance.out.find("\nnot read: the bytes of the table files") != std::string::npos);
    change_a_byte(backups.a_table());
    CHECK(run_program({"backup", "verify", backups.path}).status == 0);  // as it said
    const auto all = run_program({"backup", "verify", backups.path, "--read-all"});
    CHECK(all.status == 3);
    CHECK(all.out.find("backups 1, 2: shared_checksum/" + backups.a_table().filename().string() +
                       " is not what was written") == 0);
    const auto report = told({"backup", "verify", backups.path, "--read-all"}, 3);
    CHECK(report.at("ok") == false);
    CHECK(report.at("damages").at(0).at("backups") == Json::array({1, 2}));
    CHECK(report.at("bytes") == report.at("bytesRead"));

    const auto sample = run_program({"backup", "verify", backups.path, "--sample", "20%", "--seed", "7"});
    CHECK(sample.out.find("--sample 20% --seed 7 reads the same again") != std::string::npos);
    CHECK(told({"backup", "verify", backups.path, "--sample", "100%"}, 3).at("damages").size() == 1);
    for (const auto* wrong : {"0%", "101%", "5", "-1%", "x%", "%", "nan%"})
        CHECK(run_program({"backup", "verify", backups.path, "--sample", wrong}).status == 2);
    CHECK(run_program({"backup", "verify", backups.path, "--sample", "5%", "--read-all"}).status == 2);
    CHECK(run_program({"backup", "verify", backups.path, "--backup", "9"}).err ==
          "sillok: " + backups.path + " holds no backup 9\n");

    // The next backup puts it right.
    const auto next =
        run_program({"backup", "--data", backups.log.data.string(), "--to", backups.path, "--max-rate", "1GiB"});
    CHECK(next.status == 0);
    CHECK(next.err == "1 damaged files of earlier backups were replaced\n");
    CHECK(run_program({"backup", "verify", backups.path, "--read-all"}).status == 0);
}

TEST_CASE("prune says what it keeps and why, and removes nothing in a rehearsal") {
    const Backups backups{3};
    CHECK(run_program({"backup", "prune", backups.path}).status == 2);
    const auto dry = run_program({"backup", "prune", backups.path, "--keep-last", "1", "--dry-run"});
    CHECK(dry.status == 0);
    CHECK(dry.out.find("would remove      1  ") == 0);
    CHECK(dry.out.find("newest, last 1\nwould remove 2 backups, ") != std::string::npos);
    CHECK(told({"backup", "list", backups.path}).at("backups").size() == 3);
    const auto pruned = told({"backup", "prune", backups.path, "--keep-daily", "2"});
    CHECK(pruned.at("removed").size() == 2);
    CHECK(pruned.at("kept").at(0).at("why").at(0) == "newest");
    CHECK(pruned.at("bytesFreed") > 0);
    CHECK(told({"backup", "list", backups.path}).at("backups").size() == 1);
    CHECK(told({"backup", "verify", backups.path, "--read-all"}).at("ok") == true);
    CHECK(run_program({"backup", "prune", backups.path, "--damaged"}).status == 0);
    CHECK(run_program({"backup", "--keep", "1", "prune", backups.path, "--keep-last", "1"}).status == 2);
}

TEST_CASE("a rehearsal of a restore says what would be cut away, and makes nothing") {
    const Backups backups{2};
    const auto to = (backups.log.directory.path() / "new").string();
    const auto whole = run_program({"restore", "--from", backups.path, "--dry-run"});
    CHECK(whole.status == 0);
    CHECK(whole.out.find("would restore backup 2 of ") == 0);
    CHECK(whole.out.find("the log up to position 20, of 1970-01-01T00:00:18.000Z\nnothing is cut away\n") !=
          std::string::npos);
    const auto cut = told({"restore", "--from", backups.path, "--to", to, "--until", "11", "--dry-run"});
    CHECK(cut.at("end") == 10);
    CHECK(cut.at("wholeEnd") == 20);
    CHECK(cut.at("eventsLeftOut") == 10);
    CHECK(cut.at("streamsShortened") == 5);
    CHECK(cut.at("streamsLeftOut") == 0);
    CHECK(cut.at("commitCut") == Json{{"first", 11}, {"last", 12}});
    CHECK(told({"restore", "--from", backups.path, "--until", "4", "--dry-run"}).at("streamsLeftOut") == 3);
    CHECK(told({"restore", "--from", backups.path, "--backup", "1", "--dry-run"}).at("wholeEnd") == 10);
    CHECK(told({"restore", "--from", backups.path, "--until", "1970-01-01T00:00:04Z", "--dry-run"}).at("end") == 6);
    const auto text = run_program({"restore", "--from", backups.path, "--until", "11", "--dry-run"});
    CHECK(text.out.find("the commit of positions 11 to 12 goes beyond the limit and is left out whole\ncut away: 10 "
                        "events, positions 11 to 20; 5 streams get shorter, 0 streams are gone\n") !=
          std::string::npos);
    CHECK(run_program({"restore", "--from", backups.path, "--until", "21", "--dry-run"}).err ==
          "sillok: the backup ends at position 20\n");
    CHECK(run_program({"restore", "--from", backups.path, "--to", backups.log.data.string(), "--dry-run"}).status == 1);
    CHECK(run_program({"restore", "--from", backups.path}).status == 2);
    const auto inside = backups.path + "/restored";
    CHECK(run_program({"restore", "--from", backups.path, "--to", inside}).err ==
          "sillok: " + inside + " is inside the backup directory " + backups.path + "; choose another directory\n");
    CHECK_FALSE(fs::exists(to));
    // What it says is what is done.
    CHECK(told({"restore", "--from", backups.path, "--to", to, "--until", "11", "--max-rate", "1GiB"}).at("head") ==
          10);
    CHECK(run_program({"backup", "verify", backups.path, "--read-all"}).status == 0);
}

TEST_CASE("a backup onto a full disk leaves nothing behind") {
    LogDirectory log;
    log.grow(2'000);
    const auto to = log.directory.path() / "new" / "backups";
    // No file may grow beyond 20 blocks of 1,024 bytes, which no table of this log needs.
    const auto ended = run_program("/bin/bash",
                                   {"-c", "ulimit -f 20; exec \"$0\" \"$@\"", program.string(), "backup", "--data",
                                    log.data.string(), "--to", to.string()},
                                   {});
    CHECK(ended.status == 1);
    CHECK_MESSAGE(ended.err.find("File too large") != std::string::npos, ended.err);
    CHECK_FALSE(fs::exists(log.directory.path() / "new"));
}

TEST_CASE("where there is no room neither a backup nor a restore is begun, and both say what is missing") {
    const Backups backups{1};
    const SmallDisk disk{8u << 20};
    if (!disk.is_there()) {
        MESSAGE("left out: no file system may be mounted here");
        return;
    }
    disk.leave(500'000);
    const auto to = (disk.path() / "backups").string();
    const auto backup = run_program({"backup", "--data", backups.log.data.string(), "--to", to, "--json"});
    CHECK(backup.status == 1);
    CHECK(backup.err.find("sillok: there is no room in " + to + ": ") == 0);
    CHECK(backup.err.find(" bytes are needed, ") != std::string::npos);
    CHECK(backup.err.find(" are free; free space on that disk") != std::string::npos);
    CHECK(Json::parse(backup.out).at("error").at("code") == "disk-full");
    CHECK_FALSE(fs::exists(to));
    const auto data = (disk.path() / "data").string();
    CHECK(told({"restore", "--from", backups.path, "--to", data}, 1).at("error").at("code") == "disk-full");
    CHECK(told({"restore", "--from", backups.path, "--to", data, "--dry-run"}, 1).at("error").at("code") ==
          "disk-full");
    CHECK_FALSE(fs::exists(data));
    disk.make_room();
    CHECK(told({"backup", "--data", backups.log.data.string(), "--to", to}).at("backup") == 1);
}

TEST_CASE("a server backs up on schedule, and says in its health and its log what became of it") {
    const TemporaryDirectory directory;
    const auto backups = directory.path() / "backups";
    const auto log = directory.path() / "log";
    ServerProcess server{program,
                         directory.path() / "data",
                         {"--backups", backups.string(), "--backup-every", "1s", "--backup-keep", "2"},
                         log};
    REQUIRE(eventually(60s, "three backups", [&] {
        const auto status = health(server).at("backups");
        return status.at("result") == "made" && status.at("made").at("backup") >= 3;
    }));
    const auto status = health(server).at("backups");
    CHECK(status.at("everySeconds") == 1);
    CHECK(status.at("next").get<std::string>().size() == 24);
    CHECK(status.at("made").at("directory") == (backups / "scheduled").string());
    CHECK(contents(log).find("info backup made directory=" + (backups / "scheduled").string() + " backup=1 ") !=
          std::string::npos);
    // A file where the directory was: nothing can be written there.
    int tries = 0;
    REQUIRE(eventually(30s, "the directory is aside", [&] {
        std::error_code error;
        fs::rename(backups / "scheduled", backups / ("aside-" + std::to_string(++tries)), error);
        std::ofstream{backups / "scheduled"} << "no directory";
        return fs::is_regular_file(backups / "scheduled");
    }));
    REQUIRE(eventually(60s, "a failure", [&] { return health(server).at("backups").at("result") == "failed"; }));
    const auto failed = health(server).at("backups");
    CHECK(failed.at("failed").at("reason") == (backups / "scheduled").string() + " holds something else than backups");
    CHECK(failed.contains("made"));
    CHECK(contents(log).find("error backup failed directory=") != std::string::npos);
    fs::remove(backups / "scheduled");
    REQUIRE(eventually(60s, "a backup again", [&] { return health(server).at("backups").at("result") == "made"; }));
    CHECK(server.stop(30s) == 0);
    CHECK(told({"backup", "list", (backups / "aside-1").string()}).at("backups").size() <= 3);
    for (const Arguments& wrong : {Arguments{"--backup-every", "1s"}, Arguments{"--backup-keep", "1"},
                                   Arguments{"--backups", backups.string(), "--backup-every", "0s"},
                                   Arguments{"--backups", backups.string(), "--backup-every", "often"},
                                   Arguments{"--scrub-rate", "fast"}, Arguments{"--scrub-rate", "1"}}) {
        Arguments arguments{"serve", "--data", (directory.path() / "other").string()};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        CHECK(run_program(arguments).status == 2);
    }
}

TEST_CASE("a server finds damage in its log while it serves, and names the backup to restore") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    const auto log = directory.path() / "log";
    {
        const LogDirectory made;
        made.grow(1'000);
        made.grow(2);  // opening the log again writes its first tables
        fs::rename(made.data, data);
    }
    {
        // Its first start writes tables, and builds the read models: a later one does not read all events again.
        ServerProcess first{program, data, {}, log};
        REQUIRE(eventually(30s, "it is ready", [&] { return health(first).at("status") == "ready"; }));
        CHECK(first.stop(30s) == 0);
    }
    std::vector<fs::path> tables;
    for (const auto& entry : fs::directory_iterator{data / "log"})
        if (entry.path().extension() == ".sst") tables.push_back(entry.path());
    REQUIRE_FALSE(tables.empty());
    const auto largest =
        *std::ranges::max_element(tables, {}, [](const fs::path& path) { return fs::file_size(path); });
    change_a_byte(largest);
    ServerProcess server{
        program, data, {"--backups", (directory.path() / "backups").string(), "--scrub-rate", "1GiB"}, log};
    REQUIRE(eventually(60s, "the damage", [&] { return !health(server).at("scrub").at("damages").empty(); }));
    CHECK(health(server).at("scrub").at("damages").at(0).at("what").get<std::string>().find(
              largest.filename().string() + " is not what was written") != std::string::npos);
    REQUIRE(eventually(10s, "the line", [&] {
        return contents(log).find(
                   "error the log is damaged: stop the server, run sillok verify, keep the directory, "
                   "and restore a backup beside it what=") != std::string::npos;
    }));
    CHECK(server.stop(30s) == 0);
}

}  // namespace sillok
