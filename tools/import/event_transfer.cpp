#include "tools/import/event_transfer.hpp"

#include "eventstore/storage/record.hpp"
#include "tools/import/cloud_event.hpp"

#include <cerrno>
#include <istream>
#include <optional>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

// A payload in base64, its readable form and a receipt are far below this.
constexpr std::size_t line_bytes_max = 64u << 20;

enum class LineEnd { line, end_of_file, too_long };

// Reads the next line into a reused buffer. A line that is too long is not read to its end.
LineEnd read_line(std::istream& from, std::string& line) {
    line.clear();
    auto& bytes = *from.rdbuf();
    for (auto next_one = bytes.sbumpc();; next_one = bytes.sbumpc()) {
        if (next_one == std::istream::traits_type::eof()) return line.empty() ? LineEnd::end_of_file : LineEnd::line;
        if (next_one == '\n') return LineEnd::line;
        if (line.size() == line_bytes_max) return LineEnd::too_long;
        line += static_cast<char>(next_one);
    }
}

std::string at_line(std::uint64_t number, const std::string& what) {
    return "line " + std::to_string(number) + ": " + what;
}

void write_line(std::FILE* to, std::string line) {
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), to) != line.size())
        throw std::system_error(errno, std::generic_category(), "the export cannot be written");
}

}  // namespace

Copied export_log(const LogStorage& log, std::FILE* to, const std::function<void(Position)>& progress) {
    Copied exported;
    const auto identity = log.identity();
    std::uint16_t rest = 0;
    Uuid command;  // of the commit
    log.scan_log(Position{1}, [&](Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (position != next(exported.position))
            throw StorageError("positions are missing after " + std::to_string(exported.position.value));
        if (!event) throw StorageError("position " + std::to_string(position.value) + ": " + event.error().what);
        if (rest == 0) command = event->command_id;
        rest = event->commit_rest;
        std::optional<KnownCommand> known;
        if (rest == 0 && !command.is_nil()) known = log.find_command(command);
        write_line(to, cloud_event_line(*event, known ? known->receipt : std::string{}, identity));
        exported = {position, event->chain_hash};
        if (progress && position.value % 4096 == 0) progress(position);
        return true;
    });
    if (std::fflush(to) != 0) throw std::system_error(errno, std::generic_category(), "the export cannot be written");
    return exported;
}

namespace {

// The identity that the lines of an export say.
class ExportedIdentity {
   public:
    void add(const CloudEvent& event, Position position) {
        if (!event.log) return;
        is_mixed_ = is_mixed_ || (!identity_.log_id.is_nil() && identity_.log_id != event.log->log_id);
        identity_.log_id = event.log->log_id;
        const auto epoch = event.log->epoch.value_or(first_epoch);
        if (position == Position{1})
            identity_.epochs = {{epoch, Position{}}};
        else if (epoch != identity_.epoch())
            identity_.epochs.push_back({epoch, Position{position.value - 1}});
    }
    // Nothing for the export of an older program, and for lines of several logs.
    [[nodiscard]] std::optional<LogIdentity> get() const {
        if (is_mixed_ || identity_.log_id.is_nil()) return std::nullopt;
        return identity_;
    }

   private:
    LogIdentity identity_;
    bool is_mixed_ = false;
};

}  // namespace

std::expected<Copied, std::string> import_log(std::istream& from, LogStorage& log,
                                              const std::function<void(Position)>& progress) {
    LogCopier log_copier{log};
    Sha256 sha256;
    ExportedIdentity exported;
    std::string line;
    std::uint64_t number = 1;
    for (;; ++number) {
        const auto end = read_line(from, line);
        if (end == LineEnd::too_long) return std::unexpected(at_line(number, "it is too long"));
        if (end == LineEnd::end_of_file) break;
        auto event = parse_cloud_event(line, next(log_copier.position()), log_copier.chain_hash(), sha256);
        if (!event) return std::unexpected(at_line(number, event.error()));
        if (auto added = log_copier.add(event->record, std::move(event->receipt)); !added)
            return std::unexpected(at_line(number, added.error()));
        exported.add(*event, log_copier.position());
        if (progress && number % 4096 == 0) progress(log_copier.position());
    }
    if (from.bad()) return std::unexpected(at_line(number, "it cannot be read"));
    if (auto finished = log_copier.finish(); !finished) return std::unexpected(at_line(number, finished.error()));
    if (const auto original = exported.get())
        if (auto begun = begin_epoch(log, *original); !begun) return std::unexpected(begun.error());
    return Copied{log_copier.position(), log_copier.chain_hash()};
}

}  // namespace sillok
