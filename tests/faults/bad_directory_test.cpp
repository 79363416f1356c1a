// A data directory that cannot be used: one clear sentence, status 1, and not a byte of it touched.
#include "api/data_directory.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Files = std::map<std::string, std::string>;

std::string content_of(const fs::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

// Every file below a directory with all of its bytes. LOCK names the process that was here last.
Files files_in(const fs::path& directory) {
    Files files;
    if (!fs::is_directory(directory)) return files;
    for (const auto& entry : fs::recursive_directory_iterator{directory})
        files[entry.path().string()] =
            entry.is_regular_file() && entry.path().filename() != "LOCK" ? content_of(entry.path()) : "";
    return files;
}

void flip_byte(const fs::path& file, std::size_t at) {
    std::fstream stream{file, std::ios::binary | std::ios::in | std::ios::out};
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get() ^ 0x40);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
}

// Every way to use a data directory.
std::vector<std::vector<std::string>> uses_of(const fs::path& data) {
    const auto path = data.string();
    return {{"serve", "--data", path, "--listen", "127.0.0.1:0"},
            {"replay", "--all", "--data", path},
            {"replay", "--projection", "order_history", "--dry-run", "--data", path},
            {"snapshot", "list", "--data", path},
            {"snapshot", "build", "--data", path},
            {"snapshot", "verify", "--data", path},
            {"snapshot", "prune", "--data", path},
            {"events", "read", "order-1", "--data", path},
            {"events", "tail", "--data", path},
            {"events", "stats", "--data", path},
            {"events", "export", "--data", path},
            {"proof", "inclusion", "--position", "1", "--data", path},
            {"backup", "--to", path + "-backups", "--data", path},
            {"verify", "--data", path}};
}

void check_refused(const fs::path& data, const std::vector<std::string>& use, const std::string& because) {
    const auto before = files_in(data);
    const auto ended = run_program(use);
    CAPTURE(use.front());
    CAPTURE(ended.err);
    CHECK(ended.status == 1);
    CHECK(ended.out.empty());
    CHECK(ended.err.starts_with("sillok: "));
    CHECK(std::ranges::count(ended.err, '\n') == 1);
    CHECK(ended.err.find(because) != std::string::npos);
    CHECK(files_in(data) == before);
}

// A directory with a few orders in it, at rest.
struct Written {
    TemporaryDirectory directory;
    fs::path data = directory.path() / "data";

    explicit Written(int orders = 20) {
        ServerProcess server{program, data, {}, directory.path() / "log"};
        const auto address = *parse_server(server.url());
        post(address, "/v1/products",
             {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 10'000}, {"currency", "KRW"}}}});
        post(address, "/v1/products/tv/stock-receipts", {{"quantity", 1'000}});
        for (int i = 0; i < orders; ++i)
            post(address, "/v1/orders",
                 {{"orderId", "o-" + std::to_string(i)}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c"}});
        REQUIRE(server.stop(std::chrono::seconds{30}) == 0);
    }
    static void post(const ServerAddress& address, const std::string& target, const Json& body) {
        HttpRequest request{.method = Method::post, .target = target, .body = body.dump()};
        request.wait_seconds = 10;
        const auto answer = exchange_once(address, std::move(request), std::chrono::seconds{10});
        REQUIRE_MESSAGE(answer.status == 201, answer.body);
    }
    [[nodiscard]] std::vector<fs::path> log_files(const std::string& extension) const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator{data / "log"})
            if (entry.path().extension() == extension && entry.file_size() > 0) found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }
};

}  // namespace

TEST_CASE("commands that only read name a missing directory and do not make it") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "nowhere";
    for (const auto& use : uses_of(data)) {
        if (use.front() == "serve") continue;  // makes a new one: that is how everything begins
        check_refused(data, use, "there is no Sillok data directory at " + data.string());
        CHECK_FALSE(fs::exists(data));
    }
}

TEST_CASE("a directory that cannot be made is reported") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "file";
    std::ofstream{file} << "not a directory";
    check_refused(file, uses_of(file).front(), "is not a directory");
    const auto below = file / "data";
    const auto ended = run_program({"serve", "--data", below.string(), "--listen", "127.0.0.1:0"});
    CHECK(ended.status == 1);
    CHECK(std::ranges::count(ended.err, '\n') == 1);
}

TEST_CASE("a directory of something else is left alone") {
    const TemporaryDirectory directory;
    std::ofstream{directory.path() / "holiday.jpg"} << "sun";
    for (const auto& use : uses_of(directory.path()))
        check_refused(directory.path(), use, "not a Sillok data directory");
}

TEST_CASE("a directory that another process uses is refused") {
    const Written written;
    const auto lock = DataDirectory::open(written.data, DataDirectory::Mode::existing);
    REQUIRE(lock);
    for (const auto& use : uses_of(written.data)) check_refused(written.data, use, "is in use by another process");
}

TEST_CASE("a directory that a newer Sillok wrote is refused") {
    const Written written;
    std::ofstream{written.data / "FORMAT"} << "sillok 3\n";
    for (const auto& use : uses_of(written.data)) check_refused(written.data, use, "a newer Sillok wrote it");
}

TEST_CASE("a directory whose format cannot be read is refused") {
    const Written written;
    std::ofstream{written.data / "FORMAT"} << "sil\n";
    for (const auto& use : uses_of(written.data)) check_refused(written.data, use, "is damaged");
}

TEST_CASE("a log that lacks what makes it a log is refused") {
    const Written written;
    fs::resize_file(written.data / "log" / "CURRENT", 0);
    for (const auto& use : uses_of(written.data)) {
        if (use.front() != "verify") check_refused(written.data, use, (written.data / "log").string());
    }
}

TEST_CASE("after a change of any byte of the log's files verification fails and changes nothing") {
    const Written written;
    const auto whole = run_program({"verify", "--data", written.data.string(), "--json"});
    REQUIRE_MESSAGE(whole.status == 0, whole.err);
    auto files = written.log_files(".log");
    const auto tables = written.log_files(".sst");
    files.insert(files.end(), tables.begin(), tables.end());
    REQUIRE_FALSE(files.empty());
    for (const auto& file : files) {
        const auto size = fs::file_size(file);
        for (const auto at : {size / 5, size / 2, size - size / 5}) {
            flip_byte(file, at);
            const auto before = files_in(written.data);
            const auto ended = run_program({"verify", "--data", written.data.string(), "--json"});
            CAPTURE(file.string());
            CAPTURE(at);
            CAPTURE(ended.err);
            CHECK(ended.status == 3);
            const auto report = Json::parse(ended.out);
            CHECK(report.at("ok") == false);
            CHECK_FALSE(report.at("problems").empty());
            CHECK(files_in(written.data) == before);
            flip_byte(file, at);
        }
    }
    CHECK(run_program({"verify", "--data", written.data.string(), "--json"}).out == whole.out);
}

}  // namespace sillok
