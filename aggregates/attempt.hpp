// One command on its way into the log: a state machine without threads. next() says what must happen next; the caller
// does it and reports back. CommandProcessor::submit does it in its thread, CommandProcessor::execute with co_await.
//
// The steps, in order:
//   decide        On the aggregate's state in memory. New events are proposed to the log under the same lock, so the
//                 log gets one aggregate's events in the order of their decisions.
//   WaitReadable  The log refused because another writer has added to the stream. Its events cannot be read before they
//                 are durable. Every event that is not durable yet stands behind the head, so each further durable
//                 position brings them nearer. Then the aggregate catches up and the command is decided again, at most
//                 catch_ups_max times; after that the conflict is the result.
//   Append        The command changes nothing, but its receipt must be kept: a commit without events.
//   WaitDurable   The result follows from events that are not durable yet: from those that the command has added, or,
//                 when it is refused, from those that it was decided on. A crash could still undo them, so no client
//                 may see the result. submit() leaves this step out.
//   Done          result() gives the result.
// Repeats: the result of a command id that the log knows is read from the log last, in result(). Before its events are
//          durable they cannot be read.
#pragma once

#include "aggregates/command_result.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/position.hpp"

#include <concepts>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sillok {

// The result of one decision.
struct Verdict {
    CommandResult result;
    Position based_on;                     // a client may see the result once this is durable
    std::optional<Commit> receipt_only{};  // no event, but a receipt to keep
    std::optional<Version> behind{};       // another writer has taken the stream to this version
};

namespace attempt {
struct Done {};
struct WaitReadable {
    Position position;  // until this is durable
};
struct Append {
    Commit commit;
};
struct WaitDurable {
    Position position;
};
using Step = std::variant<Done, WaitReadable, Append, WaitDurable>;
}  // namespace attempt

// A command, its aggregate and the log, as an attempt sees them.
template <class T>
concept AttemptTarget = requires(T target, const Accepted& present) {
    { target.decide() } -> std::same_as<Verdict>;
    { target.catch_up() } -> std::same_as<void>;
    { target.first_result(present) } -> std::same_as<Accepted>;  // REQUIRES: the log knows the command id
    { target.stream() } -> std::convertible_to<std::string>;
    { target.durable_version() } -> std::same_as<Version>;  // of the stream
    { target.head() } -> std::same_as<Position>;            // of the log: the last durable position
};

constexpr int catch_ups_max = 8;

// Threads: one at a time.
template <AttemptTarget Target>
class Attempt {
   public:
    explicit Attempt(Target target) : target_(std::move(target)) {}

    // REQUIRES: the step before was reported with waited() or appended().
    attempt::Step next();
    // Reports on WaitReadable or WaitDurable. An error ends the attempt.
    void waited(const std::expected<void, errc>& done);
    // Reports on Append.
    void appended(const std::expected<Appended, AppendError>& kept);

    // REQUIRES: next() has returned Done, or WaitDurable and the caller does not wait; called once.
    CommandResult result();

   private:
    void fail(AppendError error);

    Target target_;
    std::optional<Verdict> verdict_;  // none: to be decided
    int catch_ups_ = 0;
    bool failed_ = false;
};

template <AttemptTarget Target>
attempt::Step Attempt<Target>::next() {
    if (!verdict_) verdict_ = target_.decide();
    while (!failed_ && verdict_->behind && catch_ups_ < catch_ups_max) {
        const auto head =
            target_.head();  // first: what becomes durable after this line is waited for in vain otherwise
        if (target_.durable_version() < *verdict_->behind) return attempt::WaitReadable{sillok::next(head)};
        ++catch_ups_;
        target_.catch_up();
        verdict_ = target_.decide();
    }
    if (failed_) return attempt::Done{};
    if (verdict_->receipt_only) {
        attempt::Append append{*std::move(verdict_->receipt_only)};
        verdict_->receipt_only.reset();
        return append;
    }
    if (verdict_->based_on > target_.head()) return attempt::WaitDurable{verdict_->based_on};
    return attempt::Done{};
}

template <AttemptTarget Target>
void Attempt<Target>::waited(const std::expected<void, errc>& done) {
    if (!done) fail({done.error(), target_.stream()});
}

template <AttemptTarget Target>
void Attempt<Target>::appended(const std::expected<Appended, AppendError>& kept) {
    if (!kept)
        fail(kept.error());
    else if (kept->repeated)
        verdict_->result->repeated = true;
}

template <AttemptTarget Target>
CommandResult Attempt<Target>::result() {
    auto& result = verdict_->result;
    if (result && result->repeated) return target_.first_result(*result);
    return std::move(result);
}

template <AttemptTarget Target>
void Attempt<Target>::fail(AppendError error) {
    verdict_->result = std::unexpected(CommandError{std::move(error)});
    failed_ = true;
}

}  // namespace sillok
