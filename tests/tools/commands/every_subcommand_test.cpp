// Every subcommand of the program in every bad situation: what it says, how it ends, and what it leaves behind.
//
// The subcommands come from the program's own description (`sillok completion json`). A new one without a row here
// makes the first test fail. Some six hundred programs are started, so a sanitizer's build leaves it out.
#include "tests/scripted_server.hpp"
#include "tests/stride.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

// What a subcommand does with the data directory that --data names.
enum class Data {
    none,
    read,     // it must be there
    written,  // it must be there, and something in or beside its log is changed
    made,     // it must not be there
    served,   // made if it is missing
    looked,   // doctor: reported, in any state
};

struct Row {
    const char* command;
    Data data = Data::none;
    // What else must be given. "@files" is replaced by a directory with: export.jsonl, retail.csv, backups, new.
    Arguments more{};
    bool is_quick = true;  // else it is not run to its end
};

const std::vector<Row> rows{
    {"serve", Data::served, {"--listen", "127.0.0.1:0"}, false},
    {"payments-simulator", Data::none, {"--listen", "127.0.0.1:0"}, false},
    {"reconcile", Data::read},
    {"replay", Data::written, {"--all"}},
    {"snapshot list", Data::read},
    {"snapshot build", Data::written},
    {"snapshot verify", Data::read},
    {"snapshot prune", Data::written},
    {"events read", Data::read, {"s-1"}},
    {"events tail", Data::read},
    {"events stats", Data::read},
    {"events export", Data::read},
    {"events import", Data::made, {"--from", "@files/export.jsonl"}},
    {"events skip", Data::none, {"1", "--stream", "stock-tv", "--reason", "x"}},
    {"verify", Data::read},
    {"proof inclusion", Data::read, {"--position", "1"}},
    {"proof consistency", Data::read, {"--from-size", "1"}},
    {"saga check", Data::read},
    {"saga list"},
    {"saga show", Data::none, {"fulfilment-1"}},
    {"saga retry", Data::none, {"fulfilment-1", "--reason", "x"}},
    {"saga skip", Data::none, {"fulfilment-1", "--reason", "x", "--result", "y"}},
    {"saga write-off", Data::none, {"fulfilment-1", "--reason", "x"}},
    {"saga compensate", Data::none, {"fulfilment-1", "--reason", "x"}},
    {"saga resume", Data::none, {"fulfilment-1", "--reason", "x"}},
    {"saga annotate", Data::none, {"fulfilment-1", "--reason", "x"}},
    {"status", Data::read},
    {"doctor", Data::looked},
    {"breaker list"},
    {"breaker open"},
    {"breaker close"},
    {"breaker auto"},
    {"part list"},
    {"part pause", Data::none, {"sagas"}},
    {"part resume", Data::none, {"sagas"}},
    {"backup", Data::written, {"--to", "@files/new"}},
    {"backup list", Data::none, {"@files/backups"}},
    {"backup verify", Data::none, {"@files/backups"}, false},  // one at a time uses the directory
    {"backup prune", Data::none, {"@files/backups", "--keep-last", "1"}, false},
    {"restore", Data::none, {"--from", "@files/backups", "--to", "@files/new"}},
    {"import online-retail", Data::none, {"@files/retail.csv"}},
    {"bench append", Data::none, {"--clients", "1", "--seconds", "1"}, false},
    {"bench read", Data::none, {"--events", "100000"}, false},
    {"bench orders", Data::none, {"--clients", "1", "--seconds", "1"}, false},
    {"bench hot-product", Data::none, {"--clients", "1", "--seconds", "1"}, false},
    {"bench aged", Data::none, {"--past", "1", "--open", "1"}, false},
    {"bench disturbed", Data::none, {"--rate", "1", "--seconds", "1"}, false},
    {"bench rebuild", Data::read, {}, false},
    {"simulate", Data::none, {"--runs", "1", "--orders", "1"}},
    {"completion bash"},
    {"completion zsh"},
    {"completion fish"},
    {"completion json"},
    {"man"},
};

Arguments words_of(const std::string& text) {
    std::istringstream input{text};
    return {std::istream_iterator<std::string>{input}, {}};
}

void each_leaf(const Json& command, const std::function<void(const Json&)>& visit) {
    if (command.at("runs") == true) visit(command);
    for (const auto& one : command.at("subcommands")) each_leaf(one, visit);
}

// By the words of the command.
const std::map<std::string, Json>& leaves() {
    static const auto all = [] {
        std::map<std::string, Json> found;
        each_leaf(Json::parse(run_program({"completion", "json"}).out),
                  [&](const Json& leaf) { found.emplace(leaf.at("command").get<std::string>(), leaf); });
        return found;
    }();
    return all;
}

bool has_option(const Row& row, const std::string& name) {
    for (const auto& option : leaves().at(row.command).at("options"))
        for (const auto& one : option.at("names"))
            if (one == name) return true;
    return false;
}

// The files that the rows name.
struct Files {
    TemporaryDirectory directory;

    Files() {
        const LogDirectory log;
        log.grow(10);
        const auto data = log.data.string();
        run_program({"events", "export", data, "--to", (directory.path() / "export.jsonl").string()});
        run_program({"backup", data, "--to", (directory.path() / "backups").string()});
        std::ofstream{directory.path() / "retail.csv"}
            << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
               "536365,85123A,HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n";
    }
    [[nodiscard]] Arguments line(const Row& row, const Arguments& more) const {
        auto arguments = words_of(row.command);
        for (auto word : row.more) {
            if (const auto found = word.find("@files"); found != std::string::npos)
                word.replace(found, 6, directory.path().string());
            arguments.push_back(word);
        }
        arguments.insert(arguments.end(), more.begin(), more.end());
        if (has_option(row, "--json") && row.data != Data::served) arguments.emplace_back("--json");
        return arguments;
    }
};

// Every path below, with the sizes of files; not LOCK, which names the process that looked.
std::string content_below(const fs::path& directory) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{directory, error})
        if (entry.path().filename() != "LOCK")
            names.insert(entry.path().string() +
                         (entry.is_regular_file(error) ? ' ' + std::to_string(entry.file_size(error)) : ""));
    std::string text;
    for (const auto& name : names) text += name + '\n';
    return text;
}

struct Expected {
    std::set<int> statuses;
    std::string names{};  // what the sentence names; empty: anything
};

// Doctest's checks are made in one thread.
struct Outcome {
    std::string line;
    Ended ended;
    Expected expected;
    std::string before, after;
    bool is_json = false;
};

void check(const Outcome& outcome) {
    INFO(outcome.line << "\nstatus " << outcome.ended.status << '\n' << outcome.ended.err);
    CHECK(outcome.expected.statuses.contains(outcome.ended.status));
    CHECK(outcome.after == outcome.before);
    const auto& err = outcome.ended.err;
    for (const auto* library : {"[system:", "[json.exception", "asio", "boost", "terminate called", "Assertion"})
        CHECK_FALSE(err.contains(library));
    const bool is_failure = outcome.ended.status != 0 && outcome.ended.status != 3;
    std::size_t sentences = 0;
    std::string sentence, line;
    for (std::istringstream lines{err}; std::getline(lines, line);)
        if (line.starts_with("sillok: ")) {
            ++sentences;
            sentence = line;
        }
    CHECK(sentences == (is_failure ? 1 : 0));
    if (is_failure) CHECK_MESSAGE(sentence.contains(outcome.expected.names), outcome.expected.names);
    if (!outcome.is_json) return;
    const auto json = Json::parse(outcome.ended.out.substr(0, outcome.ended.out.find('\n')), nullptr, false);
    CHECK_FALSE(json.is_discarded());
    if (is_failure && !json.is_discarded()) CHECK(json.contains("error"));
}

struct Cell {
    const Row* row;
    Arguments arguments;
    Expected expected;
    fs::path watched{};  // must not change
    Arguments environment{};
    std::string redirection{};   // for a shell
    Arguments before_program{};  // a program that runs it, with its arguments
};

Ended run(const Cell& cell) {
    if (!cell.redirection.empty()) return run_redirected(cell.redirection, cell.arguments);
    if (cell.before_program.empty()) return run_program(cell.arguments, cell.environment);
    Arguments all{cell.before_program.begin() + 1, cell.before_program.end()};
    all.push_back(program.string());
    all.insert(all.end(), cell.arguments.begin(), cell.arguments.end());
    return run_program(cell.before_program.front(), all, cell.environment);
}

// Several at a time: most of them only wait.
void check_all(const std::vector<Cell>& cells) {
    std::vector<Outcome> outcomes(cells.size());
    std::atomic<std::size_t> next_one{0};
    const auto work = [&] {
        for (auto i = next_one++; i < cells.size(); i = next_one++) {
            const auto& cell = cells[i];
            auto& outcome = outcomes[i];
            for (const auto& word : cell.environment) outcome.line += word + ' ';
            for (const auto& word : cell.arguments) outcome.line += word + ' ';
            outcome.line += cell.redirection;
            outcome.expected = cell.expected;
            outcome.is_json =
                cell.redirection.empty() && std::ranges::find(cell.arguments, "--json") != cell.arguments.end();
            outcome.before = cell.watched.empty() ? "" : content_below(cell.watched);
            outcome.ended = run(cell);
            outcome.after = cell.watched.empty() ? "" : content_below(cell.watched);
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) threads.emplace_back(work);
    }
    for (const auto& outcome : outcomes) check(outcome);
}

std::vector<const Row*> rows_with(const std::function<bool(const Row&)>& wanted) {
    std::vector<const Row*> found;
    for (const auto& row : rows)
        if (wanted(row)) found.push_back(&row);
    return found;
}

bool takes_data(const Row& row) { return row.data != Data::none; }
bool needs_data(const Row& row) {
    return row.data == Data::read || row.data == Data::written || row.data == Data::looked;
}
bool asks_server(const Row& row) { return has_option(row, "--server"); }

// An option that is given as an empty text, and what is required beside it.
Arguments with_source(const Row& row, const std::string& option, const std::string& data) {
    Arguments arguments{option, ""};
    if (takes_data(row) && option != "--data")
        arguments.insert(arguments.end(), {"--data", data});
    else if (asks_server(row) && option != "--server" && option != "--data")
        arguments.insert(arguments.end(), {"--server", "http://127.0.0.1:1"});
    return arguments;
}

}  // namespace

TEST_CASE("every subcommand has its row in this table, and every row its subcommand" * doctest::skip(stride != 1)) {
    for (const auto& [command, leaf] : leaves()) {
        CAPTURE(command);
        CHECK(std::ranges::any_of(rows, [&](const Row& row) { return row.command == command; }));
    }
    for (const auto& row : rows) CHECK_MESSAGE(leaves().contains(row.command), row.command);
}

TEST_CASE("no directory, an empty name, and an option that is none" * doctest::skip(stride != 1)) {
    const Files files;
    const auto nowhere = (files.directory.path() / "nowhere" / "data").string();
    std::vector<Cell> cells;
    for (const auto& row : rows) {
        if (needs_data(row)) {
            const std::set<int> statuses = row.data == Data::looked ? std::set{0, 3} : std::set{1};
            cells.push_back({&row, files.line(row, {"--data", nowhere}), {statuses, nowhere}, files.directory.path()});
        }
        cells.push_back({&row,
                         files.line(row, {"--frobnicate"}),
                         {{2}, "--frobnicate is not an option of " + std::string{row.command}},
                         files.directory.path()});
        for (const auto& option : leaves().at(row.command).at("options")) {
            const auto name = option.at("names").at(0).get<std::string>();
            if (option.at("value") == "" || name == "--profile" || name == "--config" || !name.starts_with("--"))
                continue;
            cells.push_back(
                {&row, files.line(row, with_source(row, name, nowhere)), {{2}, name}, files.directory.path()});
        }
    }
    check_all(cells);
}

TEST_CASE("a variable that is set to nothing counts as not set" * doctest::skip(stride != 1)) {
    const Files files;
    std::vector<Cell> cells;
    for (const auto* row : rows_with(takes_data))
        if (row->data != Data::looked && !std::string_view{row->command}.starts_with("bench"))
            cells.push_back({row, files.line(*row, {}), {{2}, "--data"}, files.directory.path(), {"SILLOK_DATA="}});
    check_all(cells);
}

TEST_CASE("a directory of somebody else is refused and left as it is" * doctest::skip(stride != 1)) {
    const Files files;
    const TemporaryDirectory foreign;
    std::ofstream{foreign.path() / "letters.txt"} << "dear";
    std::vector<Cell> cells;
    for (const auto* row : rows_with(takes_data))
        cells.push_back({row,
                         files.line(*row, {"--data", foreign.path().string()}),
                         {row->data == Data::looked ? std::set{3} : std::set{1}, foreign.path().string()},
                         foreign.path()});
    check_all(cells);
    CHECK_FALSE(fs::exists(foreign.path() / "LOCK"));
}

TEST_CASE("a directory in use is refused, and the process that uses it is named" * doctest::skip(stride != 1)) {
    const Files files;
    const LogDirectory log;
    log.grow(4);
    const auto held = DataDirectory::open(log.data, DataDirectory::Mode::existing);
    REQUIRE(held);
    std::vector<Cell> cells;
    for (const auto* row : rows_with(takes_data)) {
        const auto in_use =
            row->data == Data::made ? "is not an empty directory" : "is in use by another process: process ";
        cells.push_back({row,
                         files.line(*row, {"--data", log.data.string()}),
                         {row->data == Data::looked ? std::set{0, 3} : std::set{1}, in_use},
                         log.data});
    }
    check_all(cells);
}

TEST_CASE("a damaged log is reported, and left as it is" * doctest::skip(stride != 1)) {
    const Files files;
    std::vector<LogDirectory> logs(rows.size());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!takes_data(row) || row.data == Data::made) continue;
        logs[i].grow(10);
        fs::remove(logs[i].data / "log" / "CURRENT");
        const auto reports = row.data == Data::looked || row.command == std::string{"verify"};
        cells.push_back({&row,
                         files.line(row, {"--data", logs[i].data.string()}),
                         {reports ? std::set{3} : std::set{1}, (logs[i].data / "log").string()},
                         logs[i].data});
    }
    check_all(cells);
}

TEST_CASE("what this user may not read is named, and left as it is" * doctest::skip(stride != 1)) {
    const bool is_root = ::geteuid() == 0;  // may read everything, unless it gives that right up
    const Arguments as_others{"/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"};
    const Files files;
    const LogDirectory original;
    original.grow(10);
    run_program({"replay", "--all", original.data.string()});
    fs::create_directory(original.data / "sagas");
    std::vector<LogDirectory> logs(4 * rows.size());
    std::vector<fs::path> locked;
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!needs_data(row) && row.data != Data::served) continue;
        const std::string_view command{row.command};
        if (command.starts_with("bench")) continue;
        const bool asks_models =
            command == "replay" || command == "status" || command == "verify" || command == "serve";
        const auto add = [&](LogDirectory& log, const char* part, std::set<int> statuses) {
            fs::copy(original.data, log.data, fs::copy_options::recursive);
            locked.push_back(*part == '\0' ? log.data : log.data / part);
            fs::permissions(locked.back(), fs::perms::none);
            if (row.data == Data::looked) statuses = {3};
            cells.push_back({&row, files.line(row, {"--data", log.data.string()}), {statuses, locked.back().string()}});
            if (is_root) cells.back().before_program = as_others;
        };
        add(logs[4 * i], "", {1});
        add(logs[4 * i + 1], "log", {1});
        if (asks_models) add(logs[4 * i + 2], "views", {1});
        if (command == "serve") add(logs[4 * i + 3], "sagas", {1});
    }
    check_all(cells);
    for (const auto& path : locked) fs::permissions(path, fs::perms::owner_all);
}

TEST_CASE("what cannot be printed is a failure" * doctest::skip(stride != 1)) {
    const Files files;
    std::vector<LogDirectory> logs(rows.size());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!row.is_quick || row.data == Data::made || std::string_view{row.command} == "restore") continue;
        if (!takes_data(row) && asks_server(row)) continue;  // it has nothing to print without a server
        Arguments data;
        if (takes_data(row)) {
            logs[i].grow(10);
            data = {"--data", logs[i].data.string()};
        }
        auto line = files.line(row, data);
        if (std::string_view{row.command} == "backup") line[2] = (logs[i].directory.path() / "backups").string();
        cells.push_back({&row, line, {{1}, "standard output cannot be written: No space left on device"}});
        cells.back().redirection = ">/dev/full";
    }
    check_all(cells);
}

TEST_CASE("a server that is away is reported at once, with a status of its own" * doctest::skip(stride != 1)) {
    const Files files;
    std::vector<Cell> cells;
    for (const auto* row : rows_with(asks_server))
        cells.push_back({row,
                         files.line(*row, {"--server", "http://127.0.0.1:1"}),
                         {{4}, "no server answers at http://127.0.0.1:1: connection refused"},
                         files.directory.path()});
    for (const auto* row : rows_with(asks_server))
        cells.push_back({row,
                         files.line(*row, {"--server", "127.0.0.1"}),
                         {{2}, "a server is given as http://host:port, not as 127.0.0.1"},
                         files.directory.path()});
    check_all(cells);
}

TEST_CASE("what a server refuses is said in its words, and one that is not ready with a status of its own" *
          doctest::skip(stride != 1)) {
    const Files files;
    const auto problem = R"({"title":"No","detail":"not on a Sunday","code":"sunday"})";
    ScriptedServer refusing{std::vector<ScriptedResponse>(200, answers(409, problem))};
    ScriptedServer unready{std::vector<ScriptedResponse>(2000, answers(503, problem))};
    const auto url_of = [](const ScriptedServer& server) {
        return "http://127.0.0.1:" + std::to_string(server.port());
    };
    std::vector<Cell> cells;
    for (const auto* row : rows_with(asks_server)) {
        const std::string_view command{row->command};
        const bool is_patient = command.starts_with("bench") || command.starts_with("import");
        cells.push_back({row,
                         files.line(*row, {"--server", url_of(refusing)}),
                         {{1}, is_patient ? "" : "not on a Sunday"},
                         files.directory.path()});
        if (is_patient) continue;  // it waits a minute
        cells.push_back({row, files.line(*row, {"--server", url_of(unready)}), {{4}, ""}, files.directory.path()});
    }
    check_all(cells);
}

TEST_CASE("a medium that cannot be written to, and one that is full, end no process badly" *
          doctest::skip(stride != 1)) {
    if (run_program("/bin/sh", {"-c", "unshare -m true 2>/dev/null"}, {}).status != 0) {
        MESSAGE("left out: this user may not mount");
        return;
    }
    const Files files;
    std::vector<LogDirectory> logs(2 * rows.size());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!takes_data(row) || row.data == Data::made) continue;
        const std::string_view command{row.command};
        if (command == "backup" || command.starts_with("bench")) continue;
        const bool writes = row.data == Data::written || row.data == Data::served;
        // In a mount of its own: read-only, or a small one that is filled to the last byte.
        const auto add = [&](LogDirectory& log, const std::string& prepare, const std::set<int>& statuses) {
            log.grow(10);
            const auto data = log.data.string();
            auto line = files.line(row, {"--data", data});
            cells.push_back({&row, line, {statuses, ""}, log.data});
            cells.back().before_program = {"/usr/bin/unshare", "-m", "/bin/sh", "-c", prepare + "; exec \"$@\"", "sh"};
        };
        const auto& first = logs[2 * i].data.string();
        add(logs[2 * i], "mount --bind " + first + ' ' + first + " && mount -o remount,ro,bind " + first,
            writes ? std::set{1} : std::set{0, 3});
        const auto& second = logs[2 * i + 1].data.string();
        add(logs[2 * i + 1],
            "cp -a " + second + ' ' + second + ".kept && mount -t tmpfs -o size=8m none " + second + " && cp -a " +
                second + ".kept/. " + second + " && { dd if=/dev/zero of=" + second +
                "/.filler bs=4k 2>/dev/null; :; }",
            writes ? std::set{0, 1} : std::set{0, 1, 3});
    }
    check_all(cells);
}

}  // namespace sillok
