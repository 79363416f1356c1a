// Accepts commits into groups and makes one group after another durable (group commit): while one group is being
// synced, the next one gathers.
//
// Order:   groups become durable in the order in which they were accepted.
// Failure: phases follow each other in one direction: accepting, closing, failed. Closing ends by making durable what
//          was accepted. After a failed write nothing more is written, and every wait ends.
// Threads: any thread may call any member. One thread writes: the writer's own, or the caller's (write_waiting()).
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/errc.hpp"
#include "eventstore/event_store_options.hpp"
#include "eventstore/watermark.hpp"
#include "eventstore/writer/group_commit_policy.hpp"
#include "eventstore/writer/recent_events.hpp"
#include "eventstore/writer/sealer.hpp"
#include "eventstore/writer/sequencer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace sillok {

class GroupWriter {
   public:
    // Continues the log where its storage ends. REQUIRES: the storage outlives the writer.
    GroupWriter(LogStorage& storage, const EventStoreOptions& options);
    // Closes. The own thread ends when everything accepted is durable; with Writer::caller nothing more is written.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    struct Submitted {
        std::expected<Appended, AppendError> result;
        // The result may be told once this group is durable: the commit's own group, or for a refusal the last group
        // that it may be based on. 0: at once.
        GroupNumber group{};
    };
    // Accepts a commit into the open group, or refuses it. Does not wait for the disk.
    Submitted submit(const Commit& commit);
    // Accepts another receipt for a command; returns the group that makes it durable. REQUIRES: the command is known.
    std::expected<GroupNumber, errc> replace_receipt(const Uuid& command_id, std::string receipt);
    // Writes a snapshot together with the next group, or at the end.
    void keep(StoredSnapshot snapshot);

    // As far as commits were accepted, durable or not.
    [[nodiscard]] bool is_new(std::string_view stream);
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& command_id);

    // The last durable event and the last durable group. Both are closed when nothing more becomes durable.
    [[nodiscard]] const Watermark<Position>& durable_position() const { return durable_position_; }
    [[nodiscard]] const Watermark<GroupNumber>& durable_group() const { return durable_group_; }
    [[nodiscard]] const RecentEvents& recent_events() const { return recent_; }

    // Waits until one of these two watermarks is there; where the caller writes, writes until it is.
    template <class T>
    bool wait(const Watermark<T>& mark, T wanted) {
        if (options_.writer == EventStoreOptions::Writer::own_thread) return mark.wait(wanted);
        while (mark.value() < wanted)
            if (!write_waiting()) return false;
        return true;
    }

    // Writes the open group; false when it is empty or the log has stopped. REQUIRES: Writer::caller.
    bool write_waiting();
    [[nodiscard]] bool is_waiting();

    void close();
    // Stops for good, because a write to the storage has failed.
    void fail(std::string why);
    [[nodiscard]] bool is_accepting() const { return phase_ == Phase::accepting; }
    // Why nothing is accepted any more. REQUIRES: !is_accepting().
    [[nodiscard]] errc why_not() const { return phase_ == Phase::failed ? errc::log_unavailable : errc::closed; }
    [[nodiscard]] std::optional<std::string> failure();

   private:
    enum class Phase : std::uint8_t { accepting, closing, failed };

    void run();
    std::optional<OpenGroup> next_group();
    std::expected<void, std::string> make_durable(OpenGroup& group);
    void save_last_snapshots();
    void end_waits();
    void note_durable(GroupNumber group);
    void stop_for_good(std::string why) SILLOK_REQUIRES(mutex_);
    [[nodiscard]] bool is_enough(const OpenGroup& open) const SILLOK_REQUIRES(mutex_);
    std::expected<AcceptedCommit, AppendError> accept(const Commit& commit) SILLOK_REQUIRES(mutex_);

    LogStorage& storage_;
    const EventStoreOptions options_;

    Mutex mutex_;
    Condition work_;  // for the writing thread: enough commits wait, or it is time to end
    Sequencer sequencer_ SILLOK_GUARDED_BY(mutex_);
    std::size_t enough_commits_ SILLOK_GUARDED_BY(mutex_) = 1;  // the number that the writing thread waits for
    std::string failure_ SILLOK_GUARDED_BY(mutex_);             // the storage's error
    std::atomic<Phase> phase_{Phase::accepting};                // changed under mutex_
    std::atomic<std::size_t> writing_bytes_ = 0;                // of the group being synced

    Sealer sealer_;             // the writing thread's
    GroupCommitPolicy policy_;  // the writing thread's

    RecentEvents recent_;
    Watermark<Position> durable_position_;
    Watermark<GroupNumber> durable_group_;

    std::thread thread_;  // last: it uses all other members. None with Writer::caller
};

}  // namespace sillok
