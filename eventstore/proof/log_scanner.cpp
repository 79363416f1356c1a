#include "eventstore/proof/log_scanner.hpp"

#include "eventstore/storage/record.hpp"

namespace sillok {

LogScanner::LogScanner(const LogStorage& storage, const std::function<void(Position)>& progress,
                       const VerifiedHead& since, merkle::Frontier frontier)
    : storage_(storage), progress_(progress), claimed_(storage.acknowledged()), frontier_(std::move(frontier)) {
    report_.from = report_.head = since.position;
    report_.chain_hash = since.chain_hash;
    if (claimed_ && claimed_->position == since.position) claimed_hash_ = since.chain_hash;
}

void LogScanner::problem(std::optional<Position> position, std::string_view stream, std::string what) {
    if (goes_on()) report_.problems.push_back({position, std::string{stream}, std::move(what)});
}

void LogScanner::run(LogVisitor& visitor) {
    const auto first = report_.head == Position{0} ? Position{0} : next(report_.head);
    try {
        storage_.scan_log(first,
                          [&](Position position, std::string_view bytes) { return step(position, bytes, visitor); });
    } catch (const StorageError& error) {
        problem(next(report_.head), {}, error.what());
    }
    end_command(visitor);
    if (commit_rest_ > 0 && report_.ok()) problem(next(report_.head), {}, "the last commit is not whole");
    report_.root = frontier_.root(sha256_);
    check([&] { compare_acknowledged(); });
}

bool LogScanner::step(Position position, std::string_view bytes, LogVisitor& visitor) {
    const auto expected = next(report_.head);
    if (position != expected) {
        problem(expected, {}, position < expected ? "a position before the first" : "positions are missing");
        if (position < expected) return true;
    }
    check_record(position, bytes, visitor);
    report_.head = position;
    ++report_.events;
    if (progress_ && report_.events % 65'536 == 0) progress_(position);
    return goes_on();
}

void LogScanner::check_record(Position position, std::string_view bytes, LogVisitor& visitor) {
    const auto event = record::read(position, bytes);
    if (!event) return problem(position, {}, event.error().what);
    const auto chain = record::chain_hash(report_.chain_hash, bytes, sha256_);
    if (chain != event->chain_hash)
        problem(position, event->stream, "the hash chain breaks: this event or the one before is not the original");
    report_.chain_hash = event->chain_hash;
    if (claimed_ && position == claimed_->position) claimed_hash_ = chain;
    follow_command(*event, visitor);
    follow_commit(*event);
    grow_tree(event->chain_hash);
    visitor.see_event(*event);
}

void LogScanner::compare_acknowledged() {
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

// A commit's events are adjacent; commit_rest counts down to 0.
void LogScanner::follow_commit(const Recorded& event) {
    if (commit_rest_ > 0 && event.commit_rest != commit_rest_ - 1)
        problem(event.position, event.stream, "the commit before is not whole");
    commit_rest_ = event.commit_rest;
}

// A commit's command is that of its first event (commit.hpp).
void LogScanner::follow_command(const Recorded& event, LogVisitor& visitor) {
    if (commit_rest_ == 0) {
        end_command(visitor);
        command_ = event.command_id;
        command_first_ = event.position;
    }
    ++command_events_;
}

void LogScanner::end_command(LogVisitor& visitor) {
    if (!command_.is_nil()) visitor.see_command(command_, command_first_, command_events_);
    command_events_ = 0;
    command_ = {};
}

// Builds the tree again from the records; its completed nodes must be the stored ones. After a damaged record every
// later node differs and tells nothing more.
void LogScanner::grow_tree(const Hash& chain_hash) {
    frontier_.add(merkle::leaf_hash(bytes_of(chain_hash), sha256_), sha256_, [&](const TreeNode& node) {
        if (!is_stored(node)) return;
        ++tree_nodes_;
        if (!report_.ok() || storage_.find_tree_node(node.level, node.index) == node.hash) return;
        problem(Position{(node.index << node.level) + 1}, {},
                "the tree over the " + std::to_string(std::uint64_t{1} << node.level) +
                    " events from here on is not theirs");
    });
}

}  // namespace sillok
