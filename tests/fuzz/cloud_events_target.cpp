// Any bytes as an exported log: refused with the line named; or a log that is whole, whose export is the same log
// again.
//
// Few changed lines have the chain hash of what they say. So that what comes after its check is reached as well, the
// input is also read as a log of its own making: each line of it the payload of an event.
#include "eventstore/event_store.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "tests/fuzz/must.hpp"
#include "tools/import/event_transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

namespace sillok {
namespace {

std::string exported(const LogStorage& log) {
    char* text = nullptr;
    std::size_t bytes = 0;
    std::FILE* file = open_memstream(&text, &bytes);
    must(file != nullptr);
    export_log(log, file);
    std::fclose(file);
    std::string lines{text, bytes};
    std::free(text);
    return lines;
}

void check_same_again(const LogStorage& log, const Copied& end) {
    must(verify_log(log).ok());
    std::istringstream lines{exported(log)};
    MemoryLog again;
    const auto copied = import_log(lines, again);
    must(copied && copied->position == end.position && copied->chain_hash == end.chain_hash);
}

void import_text(const std::string& text) {
    std::istringstream lines{text};
    MemoryLog log;
    const auto imported = import_log(lines, log);
    if (imported)
        check_same_again(log, *imported);
    else
        must(imported.error().find("line ") != std::string::npos);
}

void log_lines(const std::string& text) {
    EventStore store{std::make_unique<MemoryLog>()};
    std::istringstream lines{text};
    std::uint64_t version = 0;
    for (std::string line; version < 16 && std::getline(lines, line);) {
        Commit commit{
            .metadata = {.time = Timestamp{static_cast<std::int64_t>(version)}, .actor = line.substr(0, 255)}};
        const auto expected = version == 0 ? Expected{NoStream{}} : Expected{Version{version}};
        commit.appends.push_back({"fuzz-1", expected, {{"fuzz.line", 1, line}}});
        if (line.size() % 2 == 1) commit.appends.back().events.front().tags = {line.substr(0, line.size() / 2)};
        if (line.size() % 3 == 1) commit.metadata.command_id = uuid_v7(1, 2, version);
        if (line.size() % 6 == 1) commit.receipt = line;
        if (store.append_and_wait(commit)) ++version;
    }
    const auto head = store.head();
    if (head == Position{0}) return;
    const auto last = store.read_log_back(head, 1);
    check_same_again(store.storage(), {head, last[0].chain_hash});
}

}  // namespace
}  // namespace sillok

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    sillok::import_text(text);
    sillok::log_lines(text);
    return 0;
}
