// A log on a disk that may fail, and a model that says what the log must hold afterwards.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tools/simulation/simulated_file_system.hpp"
#include "tools/simulation/stepwise_env.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// Everything that was asked of the log in order, with what it answered: what must be there, what may be there.
class History {
   public:
    struct Asked {
        Commit commit;
        std::optional<Appended> answer;  // nothing: it was never answered, so it may be there or not, but whole
    };
    struct Seen {
        Position position;
        std::string line;
    };
    struct Saved {
        std::string stream;
        Snapshot snapshot;
    };

    // Takes note of a commit before it is proposed; returns its place for answered().
    std::size_t asked(Commit commit);
    void answered(std::size_t asked, Appended appended) { asked_[asked].answer = appended; }
    void saw(const EventBatch& batch);
    void saved(std::string stream, Snapshot snapshot) { saved_.push_back({std::move(stream), std::move(snapshot)}); }
    // A receipt that was to be replaced; once `answered`, the old one must not come back.
    void replaced(std::size_t asked, std::string receipt, bool answered);

    [[nodiscard]] const std::vector<Asked>& commits() const { return asked_; }
    [[nodiscard]] Position last_seen() const { return seen_.empty() ? Position{0} : seen_.back().position; }

    // What is wrong with a log that was opened after all this; nothing if it holds what it must.
    [[nodiscard]] std::optional<std::string> contradicted_by(EventStore& store) const;

   private:
    using Wrong = std::optional<std::string>;
    // Fills `first` with the position of every commit that is there; 0 for the others.
    Wrong check_events(const EventBatch& log, std::vector<Position>& first) const;
    Wrong check_seen(const EventBatch& log) const;
    Wrong check_streams(const EventStore& store, const EventBatch& log) const;
    Wrong check_commands(EventStore& store, const std::vector<Position>& first) const;
    Wrong check_snapshots(const EventStore& store) const;

    std::vector<Asked> asked_;
    std::vector<Seen> seen_;
    std::vector<Saved> saved_;
    std::map<std::size_t, std::vector<std::string>> receipts_;  // by commit: all that it may have now
};

// One life of a log: it runs until the work is done or the disk has failed under it.
class Workload {
   public:
    explicit Workload(std::shared_ptr<SimulatedFileSystem> disk) : disk_(std::move(disk)), env_(disk_) {}
    ~Workload() { close(); }

    // Does all of the work, or stops where the log stops. What is wrong with how it stopped, if anything.
    std::optional<std::string> run();
    // Ends the process in its present state.
    void close();
    // Opens what is left. The error is the log's own.
    std::expected<void, std::string> open();
    // Work that must succeed now.
    std::optional<std::string> goes_on();

    [[nodiscard]] EventStore& store() { return *store_; }
    [[nodiscard]] History& history() { return history_; }
    [[nodiscard]] LogReport verify_on_disk();

   private:
    bool work();
    bool first_day();
    bool second_day();
    bool third_day();
    bool append(Commit commit);
    bool append_together(const std::vector<Commit>& commits);
    bool repeat(std::size_t asked);
    bool replace_receipt(std::size_t asked, const std::string& receipt);
    bool refuse();
    bool snapshot(const std::string& stream);
    bool fill_tables(int commits);
    bool reopen();
    // After every step: subscriptions read on, and background work runs.
    bool settle();
    std::optional<std::string> check_stopped();

    Commit commit(std::initializer_list<std::pair<std::string, int>> events_to, std::size_t payload_bytes = 20);
    Expected expected(const std::string& stream);

    std::shared_ptr<SimulatedFileSystem> disk_;
    StepwiseEnv env_;
    History history_;
    std::unique_ptr<EventStore> store_;
    std::map<std::string, Version> versions_;  // as proposed
    std::uint64_t commands_ = 0;
    std::uint64_t event_ids_ = 0;
    std::string wrong_;
};

}  // namespace sillok
