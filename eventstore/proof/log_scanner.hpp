// Reads a log's records one after another and checks each against everything before it: its bytes and position, the
// hash chain, the commit that it belongs to, and the Merkle tree over them. Both verifications (verify.hpp) use it,
// each with a visitor of its own.
//
// Threads: one at a time.
#pragma once

#include "eventstore/proof/log_tree.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "eventstore/proof/verify.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sillok {

// Receives the contents of the log, in its order.
class LogVisitor {
   public:
    virtual ~LogVisitor() = default;
    virtual void see_event(const Recorded& event) = 0;
    // A command's commit, after its last event.
    virtual void see_command(const Uuid& id, Position first, std::uint32_t events) = 0;
};

class LogScanner {
   public:
    // Everything up to `since` is trusted; `frontier` is the tree's at that position.
    // REQUIRES: storage and progress outlive the scan.
    LogScanner(const LogStorage& storage, const std::function<void(Position)>& progress, const VerifiedHead& since = {},
               merkle::Frontier frontier = {});

    // Scans to the end of the log, or until there are problems_max problems. Damaged storage becomes a problem.
    void run(LogVisitor& visitor);

    // Runs a step if there is no problem yet; a StorageError in it becomes a problem.
    template <class Step>
    void check(Step&& step) {
        if (!report_.ok()) return;
        try {
            step();
        } catch (const StorageError& error) {
            problem(std::nullopt, {}, error.what());
        }
    }

    void problem(std::optional<Position> position, std::string_view stream, std::string what);
    [[nodiscard]] bool goes_on() const { return report_.problems.size() < problems_max; }

    [[nodiscard]] LogReport& report() { return report_; }
    // The number of tree nodes completed by these records that storage must have.
    [[nodiscard]] std::uint64_t tree_nodes() const { return tree_nodes_; }

   private:
    bool step(Position position, std::string_view bytes, LogVisitor& visitor);
    void check_record(Position position, std::string_view bytes, LogVisitor& visitor);
    void compare_acknowledged();
    void follow_commit(const Recorded& event);
    void follow_command(const Recorded& event, LogVisitor& visitor);
    void end_command(LogVisitor& visitor);
    void grow_tree(const Hash& chain_hash);

    const LogStorage& storage_;
    const std::function<void(Position)>& progress_;
    const std::optional<Acknowledged> claimed_;
    std::optional<Hash> claimed_hash_;  // of the event at the claimed position
    LogReport report_;
    Sha256 sha256_;
    merkle::Frontier frontier_;
    std::uint64_t tree_nodes_ = 0;
    std::uint16_t commit_rest_ = 0;
    Uuid command_;
    Position command_first_;
    std::uint32_t command_events_ = 0;
};

}  // namespace sillok
