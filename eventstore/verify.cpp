#include "eventstore/verify.hpp"

#include "eventstore/index_search.hpp"
#include "eventstore/record.hpp"
#include "eventstore/rocks_log.hpp"

#include <string_view>
#include <unordered_map>

namespace sillok {

namespace {

// A sum over entries that does not depend on their order: two indexes of the same entries have the same sum.
// Entries are hashed with SHA-256 first, so that no two sets of entries are made to agree by accident.
class EntrySum {
   public:
    void add(std::string_view entry, Sha256& sha256) {
        const auto hash = sha256({entry});
        for (std::size_t word = 0; word < words_.size(); ++word) {
            std::uint64_t part = 0;
            std::memcpy(&part, hash.data() + word * sizeof part, sizeof part);
            words_[word] += part;
        }
        ++entries_;
    }
    friend bool operator==(const EntrySum&, const EntrySum&) = default;

   private:
    std::array<std::uint64_t, 4> words_{};
    std::uint64_t entries_ = 0;
};

std::string index_entry(std::string_view stream, Version version, Position position) {
    std::string entry{stream};
    entry += ' ';
    entry += std::to_string(version.value);
    entry += ' ';
    entry += std::to_string(position.value);
    return entry;
}

std::string command_entry(const Uuid& id, Position first, std::uint32_t events) {
    std::string entry{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
    entry += std::to_string(first.value);
    entry += ' ';
    entry += std::to_string(events);
    return entry;
}

std::string tag_entry(std::string_view tag, Position position, std::string_view type) {
    std::string entry{tag};
    entry += ' ';
    entry += std::to_string(position.value);
    entry += ' ';
    entry += type;
    return entry;
}

std::string event_id_entry(const Uuid& id, Position position) {
    return id.text() + ' ' + std::to_string(position.value);
}

class Verification {
   public:
    Verification(const LogStorage& storage, const std::function<void(Position)>& progress)
        : storage_(storage), progress_(progress), claimed_(storage.acknowledged()) {}

    LogReport run() {
        guarded([&] { read_records(); }, [&] { return next(report_.head); });
        if (report_.ok()) guarded([&] { compare_acknowledged(); }, [] { return std::nullopt; });
        // Where records are missing the indexes cannot agree; what is wrong has been said.
        compare("stream index", [&] { return compare_index(); }, find_in_stream_index);
        compare("command index", [&] { return compare_commands(); }, find_in_command_index);
        compare("tag index", [&] { return compare_tags(); }, find_in_tag_index);
        compare("event id index", [&] { return compare_event_ids(); }, find_in_event_id_index);
        report_.streams = versions_.size();
        return std::move(report_);
    }

   private:
    using Where = std::optional<Position>;

    template <class Step, class Position_>
    void guarded(Step&& step, Position_&& where) {
        try {
            step();
        } catch (const StorageError& error) {
            problem(where(), {}, error.what());
        }
    }

    void problem(Where position, std::string_view stream, std::string what) {
        if (report_.problems.size() < problems_max)
            report_.problems.push_back({position, std::string{stream}, std::move(what)});
    }

    void read_records() {
        storage_.scan_log(Position{0}, [&](Position position, std::string_view bytes) {
            const auto expected = next(report_.head);
            if (position != expected) {
                problem(expected, {}, position < expected ? "a position before the first" : "positions are missing");
                if (position < expected) return true;
            }
            check_record(position, bytes);
            report_.head = position;
            ++report_.events;
            if (progress_ && report_.events % 65'536 == 0) progress_(position);
            return report_.problems.size() < problems_max;
        });
        end_command();
        if (commit_rest_ > 0 && report_.ok()) problem(next(report_.head), {}, "the last commit is not whole");
    }

    void compare_acknowledged() {
        if (!claimed_) return;
        if (claimed_->position > report_.head)
            problem(next(report_.head), {},
                    "the log ends here, but was acknowledged up to " + std::to_string(claimed_->position.value));
        else if (claimed_hash_ && *claimed_hash_ != claimed_->chain_hash)
            problem(claimed_->position, {}, "another event was acknowledged here");
        else if (const auto groups = storage_.head().groups; groups < claimed_->groups)
            problem(next(report_.head), {},
                    std::to_string(claimed_->groups) + " groups were acknowledged, and the log ends at " +
                        std::to_string(groups));
    }

    void check_record(Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (!event) return problem(position, {}, event.error().what);
        const auto chain = record::chain_hash(report_.chain_hash, bytes, sha256_);
        if (chain != event->chain_hash)
            problem(position, event->stream, "the hash chain breaks: this event or the one before is not the original");
        report_.chain_hash = event->chain_hash;
        if (claimed_ && position == claimed_->position) claimed_hash_ = chain;

        auto& version = versions_[std::string{event->stream}];
        if (event->version != next(version))
            problem(position, event->stream,
                    "version " + std::to_string(event->version.value) + " follows " + std::to_string(version.value));
        version = event->version;
        from_records_.add(index_entry(event->stream, event->version, position), sha256_);
        follow_command(event->command_id, position);
        follow_commit(*event);
        for (const auto tag : event->tags) tags_from_records_.add(tag_entry(tag, position, event->type), sha256_);
        if (event->id_was_chosen) event_ids_from_records_.add(event_id_entry(event->event_id, position), sha256_);
    }

    // A commit's events stand side by side, counting down to 0.
    void follow_commit(const Recorded& event) {
        if (commit_rest_ > 0 && event.commit_rest != commit_rest_ - 1)
            problem(event.position, event.stream, "the commit before is not whole");
        commit_rest_ = event.commit_rest;
    }

    // The events of one command stand side by side, for they were one commit.
    void follow_command(const Uuid& id, Position position) {
        if (id != command_) {
            end_command();
            command_ = id;
            command_first_ = position;
        }
        ++command_events_;
    }
    void end_command() {
        if (!command_.is_nil())
            commands_from_records_.add(command_entry(command_, command_first_, command_events_), sha256_);
        command_events_ = 0;
        command_ = {};
    }

    // Where an index does not say what the records say, or cannot be read, the place is looked for.
    void compare(std::string_view index, const std::function<bool()>& agrees,
                 std::optional<IndexProblem> (*find)(const LogStorage&)) {
        if (!report_.ok()) return;
        std::string why;
        try {
            if (agrees()) return;
        } catch (const StorageError& error) {
            why = std::string{": "} + error.what();
        }
        if (auto found = find(storage_)) return problem(found->position, found->stream, std::move(found->what));
        problem(std::nullopt, {}, "the " + std::string{index} + " does not agree with the events" + why);
    }

    bool compare_index() {
        std::unordered_map<std::uint64_t, std::string> names;
        bool same = true;
        storage_.scan_streams("", [&](std::string_view name, const StreamHead& head) {
            const auto found = versions_.find(std::string{name});
            same = found != versions_.end() && found->second == head.version &&
                   names.emplace(head.number.value, name).second;
            return same;
        });
        if (!same || names.size() != versions_.size()) return false;
        EntrySum from_index;
        storage_.scan_index([&](StreamNumber stream, Version version, Position position) {
            from_index.add(index_entry(names[stream.value], version, position), sha256_);
            return true;
        });
        return from_index == from_records_;
    }

    bool compare_commands() {
        EntrySum from_index;
        bool same = true;
        storage_.scan_commands([&](const Uuid& id, const KnownCommand& known) {
            if (known.events > 0) from_index.add(command_entry(id, known.first, known.events), sha256_);
            same = known.first <= report_.head;
            return same;
        });
        return same && from_index == commands_from_records_;
    }

    bool compare_tags() {
        EntrySum from_index;
        storage_.scan_tags([&](std::string_view tag, Position position, std::string_view type) {
            from_index.add(tag_entry(tag, position, type), sha256_);
            return true;
        });
        return from_index == tags_from_records_;
    }

    bool compare_event_ids() {
        EntrySum from_index;
        storage_.scan_event_ids([&](const Uuid& id, Position position) {
            from_index.add(event_id_entry(id, position), sha256_);
            return true;
        });
        return from_index == event_ids_from_records_;
    }

    const LogStorage& storage_;
    const std::function<void(Position)>& progress_;
    std::optional<Acknowledged> claimed_;
    std::optional<Hash> claimed_hash_;  // what stands at the claimed position
    LogReport report_;
    Sha256 sha256_;
    std::unordered_map<std::string, Version> versions_;
    EntrySum from_records_;
    EntrySum commands_from_records_;
    EntrySum tags_from_records_;
    EntrySum event_ids_from_records_;
    std::uint16_t commit_rest_ = 0;
    Uuid command_;
    Position command_first_;
    std::uint32_t command_events_ = 0;
};

}  // namespace

LogReport verify_log(const LogStorage& storage, const std::function<void(Position)>& progress) {
    return Verification{storage, progress}.run();
}

LogReport verify_log_directory(const std::filesystem::path& directory, const std::function<void(Position)>& progress,
                               const RocksLogOptions& options) {
    const auto problem = [](std::string what) {
        LogReport report;
        report.problems.push_back({std::nullopt, {}, std::move(what)});
        return report;
    };
    const auto log = RocksLog::open(directory, RocksLog::Mode::read_only, options);
    if (!log) return problem(log.error());
    auto report = verify_log(**log, progress);
    if (const auto wrong = (*log)->head_problem(); wrong && report.ok())
        report.problems.push_back({next(report.head), {}, *wrong + ", so the end of the log is not proven"});
    return report;
}

}  // namespace sillok
