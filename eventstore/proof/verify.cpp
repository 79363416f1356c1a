#include "eventstore/proof/verify.hpp"

#include "eventstore/known_command.hpp"
#include "eventstore/proof/index_search.hpp"
#include "eventstore/proof/log_scanner.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <string_view>
#include <unordered_map>

namespace sillok {

namespace {

// A sum over entries that does not depend on their order: two indexes with the same entries have the same sum.
// Entries are hashed with SHA-256 first, so different sets of entries do not have the same sum by accident.
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

// Verifies everything: each index as a whole is compared with all records.
class Verification final : public LogVisitor {
   public:
    Verification(const LogStorage& storage, const std::function<void(Position)>& progress)
        : storage_(storage), scanner_(storage, progress) {}

    LogReport run() {
        scanner_.run(*this);
        // compare() does nothing after a problem: if records are missing, no index can agree.
        compare("stream index", [&] { return compare_index(); }, find_in_stream_index);
        compare("command index", [&] { return compare_commands(); }, find_in_command_index);
        compare("tag index", [&] { return compare_tags(); }, find_in_tag_index);
        compare("event id index", [&] { return compare_event_ids(); }, find_in_event_id_index);
        scanner_.check([&] { count_tree_nodes(); });
        scanner_.report().streams = versions_.size();
        return std::move(scanner_.report());
    }

   private:
    void see_event(const Recorded& event) override {
        auto& version = versions_[std::string{event.stream}];
        if (event.version != next(version))
            scanner_.problem(
                event.position, event.stream,
                "version " + std::to_string(event.version.value) + " follows " + std::to_string(version.value));
        version = event.version;
        from_records_.add(index_entry(event.stream, event.version, event.position), sha256_);
        for (const auto tag : event.tags) tags_from_records_.add(tag_entry(tag, event.position, event.type), sha256_);
        if (event.id_was_chosen) event_ids_from_records_.add(event_id_entry(event.event_id, event.position), sha256_);
    }
    void see_command(const Uuid& id, Position first, std::uint32_t events) override {
        commands_from_records_.add(command_entry(id, first, events), sha256_);
    }

    // If the index does not agree with the records, or cannot be read, finds the place.
    void compare(std::string_view index, const std::function<bool()>& agrees,
                 std::optional<LogProblem> (*find)(const LogStorage&)) {
        if (!scanner_.report().ok()) return;
        std::string why;
        try {
            if (agrees()) return;
        } catch (const StorageError& error) {
            why = std::string{": "} + error.what();
        }
        if (auto found = find(storage_))
            return scanner_.problem(found->position, found->stream, std::move(found->what));
        scanner_.problem(std::nullopt, {}, "the " + std::string{index} + " does not agree with the events" + why);
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
            same = known.first <= scanner_.report().head;
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

    void count_tree_nodes() {
        std::uint64_t stored = 0;
        storage_.scan_tree([&](const TreeNode&) {
            ++stored;
            return true;
        });
        if (stored != scanner_.tree_nodes())
            scanner_.problem(std::nullopt, {}, "the tree has nodes for which there are no events");
    }

    const LogStorage& storage_;
    LogScanner scanner_;
    Sha256 sha256_;
    std::unordered_map<std::string, Version> versions_;
    EntrySum from_records_;
    EntrySum commands_from_records_;
    EntrySum tags_from_records_;
    EntrySum event_ids_from_records_;
};

}  // namespace

LogReport verify_log(const LogStorage& storage, const std::function<void(Position)>& progress) {
    return Verification{storage, progress}.run();
}

LogReport verify_log_directory(const std::filesystem::path& directory, const std::function<void(Position)>& progress,
                               const RocksLogOptions& options, const std::optional<VerifiedHead>& since) {
    const auto problem = [](std::string what) {
        LogReport report;
        report.problems.push_back({std::nullopt, {}, std::move(what)});
        return report;
    };
    const auto log = RocksLog::open(directory, RocksLog::Mode::read_only, options);
    if (!log) return problem(log.error());
    auto report = since ? verify_log_since(**log, *since, progress) : verify_log(**log, progress);
    report.log = (*log)->identity();
    if (!report.ok()) return report;
    if (auto wrong = since ? std::nullopt : (*log)->table_problem())
        report.problems.push_back({std::nullopt, {}, *std::move(wrong)});
    if (auto wrong = (*log)->identity_problem()) report.problems.push_back({std::nullopt, {}, *std::move(wrong)});
    if (const auto wrong = (*log)->head_problem())
        report.problems.push_back({next(report.head), {}, *wrong + ", so the end of the log is not proven"});
    return report;
}

}  // namespace sillok
