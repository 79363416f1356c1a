#include "tools/import/event_transfer.hpp"

#include "eventstore/proof/log_tree.hpp"
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

Exported export_log(const LogStorage& log, std::FILE* to, const std::function<void(Position)>& progress) {
    Exported exported;
    Timestamp last_time{};
    const auto identity = log.identity();
    const auto count = log.head().position.value;
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
        const auto said = position == Position{1} ? std::optional{count} : std::nullopt;
        write_line(to, cloud_event_line(*event, known ? known->receipt : std::string{}, identity, said));
        exported = {{position, event->chain_hash}, {}};
        last_time = event->time;
        if (progress && position.value % 4096 == 0) progress(position);
        return true;
    });
    exported.root = LogTree{log}.head(TreeSize{exported.position.value}).root;
    write_line(to, export_end_line({exported.position, hex(exported.chain_hash), hex(exported.root)}, last_time));
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

// Checks what the last line says. `said` is the number of events in the first line, `end` the last line.
std::expected<void, std::string> check_end(const Imported& imported, std::optional<std::uint64_t> said,
                                           const std::optional<ExportEnd>& end) {
    const auto count = imported.position.value;
    const auto of = end ? end->head.value : said.value_or(count);
    if (of != count || (said && !end))
        return std::unexpected("the export is cut short: " + std::to_string(count) + " of " + std::to_string(of) +
                               " events are in it" + (of == count ? ", and its last line is missing" : ""));
    if (end && (end->chain_hash != hex(imported.chain_hash) || end->root != hex(imported.root)))
        return std::unexpected("the events do not lead to the chain hash and the root that the last line says");
    return {};
}

// Reads the line behind which nothing may follow.
std::expected<ExportEnd, std::string> read_end(std::istream& from, std::string& line,
                                               std::expected<ExportEnd, std::string> end) {
    if (end && read_line(from, line) != LineEnd::end_of_file)
        return std::unexpected("the line before says that the export ends there");
    return end;
}

}  // namespace

std::expected<Imported, std::string> import_log(std::istream& from, LogStorage& log,
                                                const std::function<void(Position)>& progress) {
    LogCopier log_copier{log};
    Sha256 sha256;
    ExportedIdentity exported;
    std::optional<std::uint64_t> said;
    std::optional<ExportEnd> last_line;
    std::string line;
    std::uint64_t number = 1;
    for (;; ++number) {
        const auto end = read_line(from, line);
        if (end == LineEnd::too_long) return std::unexpected(at_line(number, "it is too long"));
        if (end == LineEnd::end_of_file) break;
        if (auto last = parse_export_end(line)) {
            auto read = read_end(from, line, *std::move(last));
            if (!read) return std::unexpected(at_line(number, read.error()));
            last_line = *std::move(read);
            break;
        }
        auto event = parse_cloud_event(line, next(log_copier.position()), log_copier.chain_hash(), sha256);
        if (!event) return std::unexpected(at_line(number, event.error()));
        if (auto added = log_copier.add(event->record, std::move(event->receipt)); !added)
            return std::unexpected(at_line(number, added.error()));
        exported.add(*event, log_copier.position());
        if (number == 1) said = event->exported;
        if (progress && number % 4096 == 0) progress(log_copier.position());
    }
    if (from.bad()) return std::unexpected(at_line(number, "it cannot be read"));
    if (auto finished = log_copier.finish(); !finished) return std::unexpected(at_line(number, finished.error()));
    const TreeSize size{log_copier.position().value};
    const Imported imported{{{log_copier.position(), log_copier.chain_hash()}, LogTree{log}.head(size).root},
                            last_line.has_value()};
    if (auto whole = check_end(imported, said, last_line); !whole)
        return std::unexpected(at_line(number, whole.error()));
    if (const auto original = exported.get())
        if (auto begun = begin_epoch(log, *original); !begun) return std::unexpected(begun.error());
    return imported;
}

}  // namespace sillok
