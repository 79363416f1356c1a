#include "eventstore/proof/scrubber.hpp"

#include "eventstore/base/file_sum.hpp"
#include "eventstore/base/thread_name.hpp"
#include "eventstore/storage/record.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

constexpr std::uint64_t least_rate = 256u << 10;
constexpr std::size_t damages_max = 20;
constexpr std::uint64_t piece_events = 1'000;  // an iterator keeps old files on the disk: none lives longer
// The tables are compressed; the records are read out of them after the tables themselves.
constexpr std::uint64_t bytes_for_each_of_a_table = 4;

std::uint64_t bytes_of(const std::vector<TableFile>& tables) {
    std::uint64_t bytes = 0;
    for (const auto& table : tables) bytes += table.bytes;
    return bytes;
}

// Some records one after another.
struct Piece {
    Position reached;
    Hash chain{};
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::optional<LogProblem> problem;

    bool see(Position position, std::string_view record, Sha256& sha256) {
        const auto event = record::read(position, record);
        if (position != next(reached)) problem = {next(reached), "", "positions are missing"};
        if (!event) problem = {position, "", event.error().what};
        if (problem) return false;
        chain = record::chain_hash(chain, record, sha256);
        if (chain != event->chain_hash)
            problem = {position, std::string{event->stream},
                       "the hash chain breaks: this event or the one before is not the original"};
        reached = position;
        bytes += record.size();
        return !problem && ++events < piece_events;
    }
};

}  // namespace

std::uint64_t scrub_rate(std::uint64_t bytes, std::chrono::seconds within) {
    return std::max(least_rate, bytes / static_cast<std::uint64_t>(std::max(within, std::chrono::seconds{1}).count()));
}

Scrubber::Scrubber(const RocksLog& log, const Clock& clock, ScrubOptions options)
    : log_(log), clock_(clock), options_(std::move(options)) {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

ScrubStatus Scrubber::status() const {
    const MutexLock lock{mutex_};
    return status_;
}

template <class Change>
void Scrubber::change(Change&& change) {
    const MutexLock lock{mutex_};
    change(status_);
}

void Scrubber::run(const std::stop_token& stop) {
    name_this_thread("scrub");
    while (!stop.stop_requested()) {
        const auto begun = std::chrono::steady_clock::now();
        const auto rate = options_.bytes_per_second.value_or(
            scrub_rate(bytes_of(log_.table_files()) * bytes_for_each_of_a_table, options_.within));
        change([rate](ScrubStatus& status) {
            status.bytes_per_second = rate;
            status.bytes_read = status.tables_read = 0;
            status.position = {};
        });
        Pace pace{rate, stop};
        run_pass(pace);
        const auto rest = begun + options_.least_pass - std::chrono::steady_clock::now();
        Mutex mutex;
        StoppableCondition stopped;
        MutexLock lock{mutex};
        stopped.wait_for(lock, stop, rest, [] { return false; });
    }
}

void Scrubber::run_pass(Pace& pace) {
    try {
        if (!read_tables(pace) || !read_records(pace)) return;
    } catch (const std::exception& error) {
        return damaged({{}, "", error.what()});
    }
    const auto now = clock_.now();
    change([now](ScrubStatus& status) {
        ++status.passes;
        status.last_pass = now;
    });
}

bool Scrubber::read_tables(Pace& pace) {
    change([](ScrubStatus& status) { status.reads_tables = true; });
    return std::ranges::all_of(log_.table_files(), [&](const TableFile& table) { return read_table(table, pace); });
}

// False when it was stopped.
bool Scrubber::read_table(const TableFile& table, Pace& pace) {
    const auto sum = sum_of_file(table.path, [&](std::string_view piece) {
        change([&](ScrubStatus& status) { status.bytes_read += piece.size(); });
        return pace.take(piece.size());
    });
    if (sum && !sum->whole) return false;
    if (!sum && sum.error() == std::errc::no_such_file_or_directory) {
        const auto now = log_.table_files();
        if (std::ranges::find(now, table.number, &TableFile::number) == now.end()) return true;  // merged meanwhile
    }
    if (!sum)
        damaged({{}, "", table.path.string() + " cannot be read: " + sum.error().message()});
    else if (sum->bytes != table.bytes)
        damaged({{},
                 "",
                 table.path.string() + " has " + std::to_string(sum->bytes) + " bytes instead of " +
                     std::to_string(table.bytes)});
    else if (table.crc32c && sum->crc32c != *table.crc32c)
        damaged({{}, "", table.path.string() + " is not what was written: its checksum is another one"});
    change([](ScrubStatus& status) { ++status.tables_read; });
    return true;
}

// False when it was stopped, or where a record is damaged: those after it prove nothing.
bool Scrubber::read_records(Pace& pace) {
    change([](ScrubStatus& status) { status.reads_tables = false; });
    Sha256 sha256;
    Piece piece;
    while (true) {
        piece.events = piece.bytes = 0;
        try {
            log_.scan_log_once(next(piece.reached), [&](Position position, std::string_view record) {
                return piece.see(position, record, sha256);
            });
        } catch (const StorageError& error) {
            piece.problem = {next(piece.reached), "", error.what()};
        }
        if (piece.problem) {
            damaged(*std::move(piece.problem));
            return false;
        }
        change([&](ScrubStatus& status) {
            status.position = piece.reached;
            status.bytes_read += piece.bytes;
        });
        if (!pace.take(piece.bytes)) return false;
        if (piece.events < piece_events) return true;
    }
}

void Scrubber::damaged(LogProblem problem) {
    if (!told_.insert(problem.what).second) return;
    change([&](ScrubStatus& status) {
        if (status.damages.size() < damages_max) status.damages.push_back(problem);
    });
    if (options_.on_damage) options_.on_damage(problem);
}

}  // namespace sillok
