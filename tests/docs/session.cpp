#include "tests/docs/session.hpp"

#include "tests/temporary_directory.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace sillok::docs {

namespace {

namespace fs = std::filesystem;

struct Port {
    std::string documented;
    std::string free;
};

// Holds a free port until it goes, so that the next one is another.
class FreePort {
   public:
    FreePort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (socket_ < 0 || ::bind(socket_, generic, size) != 0 || ::getsockname(socket_, generic, &size) != 0)
            throw std::runtime_error("no free port");
        number_ = ntohs(address.sin_port);
    }
    ~FreePort() { ::close(socket_); }
    FreePort(const FreePort&) = delete;
    FreePort& operator=(const FreePort&) = delete;

    [[nodiscard]] std::string number() const { return std::to_string(number_); }

   private:
    int socket_;
    std::uint16_t number_ = 0;
};

std::array<Port, 3> free_ports() {
    const FreePort server;
    const FreePort second;
    const FreePort provider;
    return {Port{":8080", ":" + server.number()}, {":8081", ":" + second.number()}, {":8090", ":" + provider.number()}};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

// `sillok` as the pages mean it: its default addresses are free ports.
void make_programs(const fs::path& folder, std::span<const Port> ports) {
    fs::create_directory(folder);
    fs::create_symlink(SILLOK_PROOF_CHECKER, folder / "sillok-check-proof");
    const auto sillok = folder / "sillok";
    std::ofstream{sillok} << "#!/bin/sh\n"
                          << "case \"$1\" in\n"
                          << "serve) export SILLOK_LISTEN=127.0.0.1" << ports[0].free << ";;\n"
                          << "payments-simulator) export SILLOK_PAYMENTS_SIMULATOR_LISTEN=127.0.0.1" << ports[2].free
                          << ";;\n"
                          << "esac\n"
                          << "exec " << SILLOK_PROGRAM << " \"$@\"\n";
    fs::permissions(sillok, fs::perms::owner_all);
}

constexpr std::string_view script_begin = R"(
unset ${!SILLOK_@}
export LC_ALL=C.UTF-8 TZ=UTC
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
await_listening() {
    for _ in {1..1200}; do
        grep -q 'listening on' "$1" && return
        sleep 0.05
    done
    return 1
}
)";

void write_script(const fs::path& directory, const std::vector<Command>& commands, std::span<const Port> ports) {
    std::ofstream script{directory / "script"};
    script << "cd '" << (directory / "here").string() << "'\n"
           << "PATH='" << (directory / "programs").string() << "':$PATH\n"
           << script_begin;
    for (std::size_t index = 0; index < commands.size(); ++index) {
        auto text = commands[index].text;
        for (const auto& port : ports) text = replaced(text, port.documented, port.free);
        const auto name = "'" + (directory / std::to_string(index)).string();
        script << "{\n" << text << "\n} >" << name << ".output' 2>&1 </dev/null\n";
        if (text.ends_with('&')) script << "await_listening " << name << ".output'\n";
        script << "echo $? >" << name << ".status'\n"
               << "cp " << name << ".output' " << name << ".seen'\n";
    }
}

Outcome outcome_of(const fs::path& directory, std::size_t index, std::span<const Port> ports) {
    const auto name = directory / std::to_string(index);
    Outcome outcome;
    if (std::ifstream status{name.string() + ".status"}; !(status >> outcome.status)) return outcome;
    auto text = contents(name.string() + ".seen");
    for (const auto& port : ports) text = replaced(text, port.free, port.documented);
    text = replaced(text, (directory / "here").string(), "/home/you");
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) outcome.output.push_back(line);
    return outcome;
}

bool line_matches(std::string_view line, std::string_view expected) {
    const auto dots = expected.find("...");
    if (dots == std::string_view::npos) return line == expected;
    if (!line.starts_with(expected.substr(0, dots))) return false;
    const auto rest = expected.substr(dots + 3);
    for (auto from = dots; from <= line.size(); ++from)
        if (line_matches(line.substr(from), rest)) return true;
    return false;
}

bool lines_match(std::span<const std::string> output, std::span<const std::string> expected) {
    if (expected.empty()) return output.empty();
    if (expected[0] == "...") {
        for (std::size_t skipped = 0; skipped <= output.size(); ++skipped)
            if (lines_match(output.subspan(skipped), expected.subspan(1))) return true;
        return false;
    }
    return !output.empty() && line_matches(output[0], expected[0]) &&
           lines_match(output.subspan(1), expected.subspan(1));
}

}  // namespace

std::vector<Outcome> run_session(const std::vector<Command>& commands) {
    const TemporaryDirectory directory;
    const auto ports = free_ports();
    fs::create_directory(directory.path() / "here");
    make_programs(directory.path() / "programs", ports);
    write_script(directory.path(), commands, ports);
    // The script's own messages are of no interest: a command that did not end has no status.
    [[maybe_unused]] const int status =
        std::system(("timeout 120 bash '" + (directory.path() / "script").string() + "' >/dev/null 2>&1").c_str());
    std::vector<Outcome> outcomes;
    for (std::size_t index = 0; index < commands.size(); ++index)
        outcomes.push_back(outcome_of(directory.path(), index, ports));
    return outcomes;
}

bool matches(const std::vector<std::string>& output, const std::vector<std::string>& expected) {
    return lines_match(output, expected);
}

}  // namespace sillok::docs
