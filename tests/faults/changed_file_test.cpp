// Each file below a data directory, gone, emptied, cut, of another log, or an older copy of itself: the server either
// refuses to start, in one sentence and without a change, or has everything that was acknowledged.
#include "tests/eventually.hpp"
#include "tests/stride.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using namespace std::chrono_literals;

std::string content_of(const fs::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

// Every file with its bytes; without those that say who was here last.
std::map<std::string, std::string> files_in(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator{directory})
        if (entry.is_regular_file() && entry.path().filename() != "LOCK")
            files[entry.path().string()] = content_of(entry.path());
    return files;
}

// The names of files that are not the same in both.
std::set<std::string> differences(const std::map<std::string, std::string>& one,
                                  const std::map<std::string, std::string>& other) {
    std::set<std::string> names;
    for (const auto* files : {&one, &other})
        for (const auto& [name, bytes] : *files) {
            const auto in_one = one.find(name);
            const auto in_other = other.find(name);
            if (in_one == one.end() || in_other == other.end() || in_one->second != in_other->second)
                names.insert(name);
        }
    for (const auto& name : names) MESSAGE(name);
    return names;
}

void post(const ServerAddress& address, const std::string& target, const Json& body) {
    HttpRequest request{.method = Method::post, .target = target, .body = body.dump()};
    request.wait_seconds = 10;
    const auto answer = exchange_once(address, std::move(request), 15s);
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
}

Json verified(const fs::path& data) {
    const auto ended = run_program({"verify", "--data", data.string(), "--json"});
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    auto report = Json::parse(ended.out);
    return Json{{"head", report.at("head")}, {"chainHash", report.at("chainHash")}, {"ok", report.at("ok")}};
}

void serve_orders(const fs::path& data, const fs::path& log, int from, int to) {
    ServerProcess server{program, data, {}, log};
    const auto address = *parse_server(server.url());
    if (from == 0) {
        post(address, "/v1/products",
             {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 10'000}, {"currency", "KRW"}}}});
        post(address, "/v1/products/tv/stock-receipts", {{"quantity", 1'000}});
    }
    for (int i = from; i < to; ++i)
        post(address, "/v1/orders",
             {{"orderId", "o-" + std::to_string(i)}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c"}});
    REQUIRE(server.stop(30s) == 0);
}

// Three directories at rest: one, what it was earlier, and one of another log.
struct Directories {
    TemporaryDirectory all;
    fs::path data = all.path() / "data";
    fs::path earlier = all.path() / "earlier";
    fs::path other = all.path() / "other";

    Directories() {
        serve_orders(data, all.path() / "log", 0, 10);
        verified(data);
        fs::copy(data, earlier, fs::copy_options::recursive);
        serve_orders(data, all.path() / "log", 10, 30);
        verified(data);
        serve_orders(other, all.path() / "log", 0, 15);
        verified(other);
    }

    // At most two of each kind in each folder; relative.
    [[nodiscard]] std::vector<fs::path> files() const {
        std::vector<fs::path> all_of_them;
        for (const auto& entry : fs::recursive_directory_iterator{data})
            if (entry.is_regular_file()) all_of_them.push_back(fs::relative(entry.path(), data));
        std::ranges::sort(all_of_them);
        std::map<std::string, int> taken;
        std::erase_if(all_of_them, [&](const fs::path& file) { return ++taken[kind_of(file)] > 2; });
        return all_of_them;
    }

    // Folder and extension, or the name up to its number.
    static std::string kind_of(const fs::path& file) {
        const auto name = file.filename().string();
        return (file.parent_path() /
                (file.has_extension() ? file.extension().string() : name.substr(0, name.find('-'))))
            .string();
    }

    // The file of another directory that is there in its place.
    static std::optional<fs::path> counterpart(const fs::path& directory, const fs::path& file) {
        if (fs::exists(directory / file)) return directory / file;
        for (const auto& entry : fs::recursive_directory_iterator{directory})
            if (entry.is_regular_file() && kind_of(fs::relative(entry.path(), directory)) == kind_of(file))
                return entry.path();
        return std::nullopt;
    }
};

struct Change {
    std::string name;
    std::function<bool(const Directories&, const fs::path& target, const fs::path& file)>
        apply;  // false: there is none
};

bool replace(const std::optional<fs::path>& by, const fs::path& target) {
    if (!by || content_of(*by) == content_of(target)) return false;
    return fs::copy_file(*by, target, fs::copy_options::overwrite_existing);
}

const std::vector<Change> changes{
    {"removed", [](const Directories&, const fs::path& target, const fs::path&) { return fs::remove(target); }},
    {"emptied",
     [](const Directories&, const fs::path& target, const fs::path&) {
         if (fs::file_size(target) == 0) return false;
         fs::resize_file(target, 0);
         return true;
     }},
    {"cut",
     [](const Directories&, const fs::path& target, const fs::path&) {
         if (fs::file_size(target) < 2) return false;
         fs::resize_file(target, fs::file_size(target) / 2);
         return true;
     }},
    {"of another log", [](const Directories& all, const fs::path& target,
                          const fs::path& file) { return replace(Directories::counterpart(all.other, file), target); }},
    {"an older copy",
     [](const Directories& all, const fs::path& target, const fs::path& file) {
         return replace(Directories::counterpart(all.earlier, file), target);
     }},
};

// Whether the server refused. It must not have changed anything then. Read models are looked at when the log is open;
// `kept` is what must be as it was.
bool is_refused(const fs::path& data, const fs::path& kept, const fs::path& log) {
    const auto before = files_in(kept);
    try {
        ServerProcess server{program, data, {}, log};
        const auto address = *parse_server(server.url());
        CHECK(eventually(15s, "the read models show the last order", [&] {
            return exchange_once(address, {.method = Method::get, .target = "/v1/orders/o-29"}, 5s).status == 200;
        }));
        CHECK(server.stop(30s) == 0);
        return false;
    } catch (const std::runtime_error&) {
        const auto said = content_of(log);
        CHECK_MESSAGE(said.starts_with("sillok: "), said);
        CHECK_MESSAGE(std::ranges::count(said, '\n') == 1, said);
        CHECK_MESSAGE(said.find(data.filename().string()) != std::string::npos, said);
        CHECK(differences(before, files_in(kept)).empty());
        return true;
    }
}

}  // namespace

TEST_CASE("a changed file of a data directory is refused, or nothing of the log is missing") {
    const Directories directories;
    const auto whole = verified(directories.data);
    std::uint64_t number = 0;
    std::set<std::string> refused;
    for (const auto& file : directories.files())
        for (const auto& change : changes) {
            if (number++ % stride != 0) continue;
            const TemporaryDirectory place;
            const auto data = place.path() / "changed";
            fs::copy(directories.data, data, fs::copy_options::recursive);
            if (!change.apply(directories, data / file, file)) continue;
            CAPTURE(file.string());
            CAPTURE(change.name);
            const auto kept = file.begin()->string() == "views" ? data / "views" : data;
            if (is_refused(data, kept, place.path() / "log")) {
                refused.insert(file.filename().string());
                continue;
            }
            CHECK(verified(data) == whole);
        }
    if (stride == 1) {
        CHECK(refused.contains("CURRENT"));
        CHECK(refused.contains("HEAD"));
        CHECK(refused.contains("FORMAT"));
    }
}

}  // namespace sillok
