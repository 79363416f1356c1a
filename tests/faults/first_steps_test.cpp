// The first steps that go wrong: a program that cannot start says in one sentence what is in its way and what to do,
// ends with status 1, and leaves nothing behind.
#include "eventstore/base/parse_number.hpp"
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string content_of(const fs::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

void check_sentence(const std::string& message, const std::vector<std::string>& parts) {
    CAPTURE(message);
    CHECK(message.starts_with("sillok: "));
    CHECK(std::ranges::count(message, '\n') == 1);
    for (const auto& part : parts) CHECK_MESSAGE(message.find(part) != std::string::npos, part);
}

void check_refused(const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
    const auto ended = run_program(arguments);
    CHECK(ended.status == 1);
    CHECK(ended.out.empty());
    check_sentence(ended.err, parts);
}

// ThreadSanitizer writes a temporary file before main() begins, and would be ended by the signal there.
#ifndef __has_feature  // g++ 12 has none
#define __has_feature(feature) 0
#endif
#if __has_feature(thread_sanitizer)
constexpr auto before_main = "trap \"\" XFSZ; ";
#else
constexpr auto before_main = "";
#endif

// Runs it where no file may grow, as on a full disk.
int run_without_room(const std::string& arguments, const fs::path& output, int kilobytes = 0) {
    const auto command = "bash -c 'set -o pipefail; (ulimit -f " + std::to_string(kilobytes) + "; " + before_main +
                         "exec \"" SILLOK_PROGRAM "\" " + arguments + ") 2>&1 | cat >" + output.string() + "'";
    return WEXITSTATUS(std::system(command.c_str()));
}

}  // namespace

TEST_CASE("a port in use: nothing is made, not even a parent directory") {
    const TemporaryDirectory directory;
    const ServerProcess server{program,
                               {"serve", "--data", (directory.path() / "first").string(), "--listen", "127.0.0.1:0"},
                               directory.path() / "log"};
    const auto address = server.url().substr(std::string{"http://"}.size());
    const auto data = directory.path() / "a" / "b" / "data";
    check_refused({"serve", "--data", data.string(), "--listen", address},
                  {address, "is in use", "choose another port"});
    check_refused({"serve", "--data", data.string(), "--listen", "127.0.0.1:0", "--admin-listen", address},
                  {address, "is in use"});
    check_refused({"payments-simulator", "--ledger", (directory.path() / "ledger").string(), "--listen", address},
                  {address, "is in use"});
    CHECK_FALSE(fs::exists(directory.path() / "a"));
    CHECK_FALSE(fs::exists(directory.path() / "ledger"));
}

TEST_CASE("one address for both listeners: nothing is made") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    const auto ended =
        run_program({"serve", "--data", data, "--listen", "127.0.0.1:18084", "--admin-listen", "localhost:18084"});
    CHECK(ended.status == 2);
    check_sentence(ended.err, {"--listen and --admin-listen", "same address"});
    CHECK_FALSE(fs::exists(data));
}

// Each connection, each table and each file of the write-ahead log takes a descriptor.
TEST_CASE("with few open files allowed, idle connections take none from health and from the log") {
    const TemporaryDirectory directory;
    const auto log = directory.path() / "log.txt";
    const auto command = "ulimit -n 640; exec " SILLOK_PROGRAM " serve --listen 127.0.0.1:0 --data " +
                         (directory.path() / "data").string();
    ServerProcess server{"/bin/bash", {"-c", command}, log};
    CHECK(content_of(log).find("at most 128 connections at a time: 640 files may be open") != std::string::npos);
    const auto address = *parse_server(server.url());
    boost::asio::io_context context;
    std::vector<boost::asio::ip::tcp::socket> idle;
    const boost::asio::ip::tcp::endpoint endpoint{boost::asio::ip::make_address(address.host),
                                                  parse_number<std::uint16_t>(address.port).value()};
    for (int i = 0; i < 800; ++i) idle.emplace_back(context).connect(endpoint);
    CHECK(exchange_once(address, {.method = Method::get, .target = "/livez"}, 5s).status == 200);
    const std::string product = R"({"productId":"tv","name":"TV","price":{"amount":1,"currency":"KRW"}})";
    CHECK(exchange_once(address, {.method = Method::post, .target = "/v1/products", .body = product}, 5s).status ==
          201);
    const auto ready = [&] {
        return exchange_once(address, {.method = Method::get, .target = "/readyz"}, 5s).status == 200;
    };
    CHECK(eventually(10s, "the server is ready", ready));
    CHECK(server.stop(30s) == 0);
}

TEST_CASE("a host that does not resolve, and a name that does") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    check_refused({"serve", "--data", data, "--listen", "nowhere.invalid:8080"},
                  {"nowhere.invalid", "does not resolve", "give an address"});
    CHECK_FALSE(fs::exists(data));
    const ServerProcess server{program, {"serve", "--data", data, "--listen", "localhost:0"}, directory.path() / "log"};
    CHECK(server.url().starts_with("http://127.0.0.1:"));
}

TEST_CASE("a path that cannot be a data directory") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "file";
    std::ofstream{file} << "something";
    const auto use = [&](const fs::path& data, const std::vector<std::string>& parts) {
        check_refused({"serve", "--data", data.string(), "--listen", "127.0.0.1:0"}, parts);
    };
    use(file, {file.string(), "is not a directory", "choose another path"});
    use(file / "data", {file.string(), "Not a directory", "choose another path"});
    use("/proc/sillok/data", {"/proc/sillok", "cannot be created"});
    check_refused({"restore", "--from", file.string(), "--to", (directory.path() / "new").string()},
                  {"holds no backup"});
    check_refused({"events", "import", "--data", (directory.path() / "new").string(), "--from", "/no/such/file"},
                  {"/no/such/file"});
    CHECK_FALSE(fs::exists(directory.path() / "new"));
    CHECK(content_of(file) == "something");
}

TEST_CASE("a link to a disk that is not mounted is left as it is") {
    const TemporaryDirectory directory;
    const auto link = directory.path() / "data";
    const auto absent = directory.path() / "mount" / "sillok";
    fs::create_symlink(absent, link);
    for (const auto& data : {link, link / "below"})
        check_refused({"serve", "--data", data.string(), "--listen", "127.0.0.1:0"},
                      {link.string(), "is a symbolic link to " + absent.string(), "choose another path"});
    check_refused({"events", "import", "--data", link.string(), "--from", "/dev/null"}, {"is a symbolic link to"});
    CHECK(fs::is_symlink(link));
    CHECK_FALSE(fs::exists(absent.parent_path()));
}

TEST_CASE("a backup directory that cannot be written to is known at the start") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "file";
    std::ofstream{file} << "something";
    const auto data = (directory.path() / "data").string();
    for (const auto& backups : {file, file / "below"})
        check_refused({"serve", "--data", data, "--listen", "127.0.0.1:0", "--backups", backups.string()},
                      {"--backups", file.string(), "is not a directory"});
    CHECK_FALSE(fs::exists(data));
}

TEST_CASE("no room for the first files: nothing is left of the new directory, and the next start works") {
    const TemporaryDirectory directory;
    const auto output = directory.path() / "output";
    for (const std::string path : {"data", "deep/data"}) {
        const auto data = directory.path() / path;
        CHECK(run_without_room("serve --listen 127.0.0.1:0 --data " + data.string(), output) == 1);
        check_sentence(content_of(output), {"File too large", "raise the limit"});
        CHECK_FALSE(fs::exists(data));
        CHECK_FALSE(fs::exists(directory.path() / "deep"));
        const ServerProcess server{
            program, {"serve", "--data", data.string(), "--listen", "127.0.0.1:0"}, directory.path() / "log"};
        CHECK(server.url().starts_with("http://"));
    }
}

TEST_CASE("a directory that was there, empty, stays and is empty again") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    fs::create_directory(data);
    CHECK(run_without_room("serve --listen 127.0.0.1:0 --data " + data.string(), directory.path() / "output") == 1);
    CHECK(fs::is_directory(data));
    CHECK(fs::is_empty(data));
}

TEST_CASE("a data directory without room for more is left as it is") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    {
        ServerProcess server{
            program, {"serve", "--data", data.string(), "--listen", "127.0.0.1:0"}, directory.path() / "log"};
        CHECK(server.stop(std::chrono::seconds{30}) == 0);
    }
    for (const int kilobytes : {0, 1, 8, 64, 512}) {
        CAPTURE(kilobytes);
        const auto output = directory.path() / "output";
        CHECK(run_without_room("serve --listen 127.0.0.1:0 --data " + data.string(), output, kilobytes) == 1);
        check_sentence(content_of(output), {"there is no room in " + data.string(), "raise the limit"});
        CHECK(run_without_room("serve --listen 127.0.0.1:0 --data " + data.string() + "-new", output, kilobytes) == 1);
        CHECK_FALSE(fs::exists(data.string() + "-new"));
    }
    CHECK_FALSE(fs::exists(data / "ROOM"));
    CHECK(run_program({"verify", "--data", data.string()}).status == 0);
}

TEST_CASE("a server that is killed at its first moment leaves a directory that is whole") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    ServerProcess server{program, data, {}, directory.path() / "log"};
    server.kill();
    const auto verified = run_program({"verify", "--data", data.string()});
    CHECK(verified.status == 0);
    CHECK(verified.out.starts_with("the log is empty"));
}

}  // namespace sillok
