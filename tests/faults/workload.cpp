#include "tests/faults/workload.hpp"

#include "eventstore/subscription.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

namespace sillok {

namespace {

const std::filesystem::path directory = "/data/log";
constexpr RocksLog::Mode create = RocksLog::Mode::create;

std::string line_of(const Recorded& event) {
    return std::string{event.stream} + "@" + std::to_string(event.version.value) + " " + std::string{event.payload};
}

std::string number(Position position) { return std::to_string(position.value); }

EventBatch whole_log(const EventStore& store) { return store.read_log(Position{0}, 100'000); }

}  // namespace

std::size_t History::asked(Commit commit) {
    const auto place = asked_.size();
    if (commit.receipt) receipts_[place] = {*commit.receipt};
    asked_.push_back({std::move(commit), std::nullopt});
    return place;
}

void History::saw(const EventBatch& batch) {
    for (const auto& event : batch) seen_.push_back({event.position, line_of(event)});
}

void History::replaced(std::size_t asked, std::string receipt, bool answered) {
    if (answered) receipts_[asked].clear();
    receipts_[asked].push_back(std::move(receipt));
}

std::optional<std::string> History::contradicted_by(EventStore& store) const {
    const auto log = whole_log(store);
    std::vector<Position> first;
    if (auto wrong = check_events(log, first)) return wrong;
    if (auto wrong = check_seen(log)) return wrong;
    if (auto wrong = check_streams(store, log)) return wrong;
    if (auto wrong = check_commands(store, first)) return wrong;
    return check_snapshots(store);
}

History::Wrong History::check_events(const EventBatch& log, std::vector<Position>& first) const {
    std::size_t at = 0;
    const auto is_next = [&](const StreamAppend& append, const NewEvent& event) {
        return at < log.size() && log[at].stream == append.stream && log[at].payload == event.payload &&
               log[at].position == Position{at + 1} && std::ranges::equal(log[at].tags, event.tags);
    };
    for (const auto& [commit, answer] : asked_) {
        const auto before = at;
        std::size_t events = 0;
        for (const auto& append : commit.appends) {
            events += append.events.size();
            for (const auto& event : append.events)
                if (is_next(append, event)) ++at;
        }
        first.push_back(at == before ? Position{0} : Position{before + 1});
        if (at != before && at != before + events)
            return "a commit of " + std::to_string(events) + " events is there in part, at " + number(first.back());
        if (answer && events > 0 && first.back() != answer->first)
            return "what was acknowledged at " + number(answer->first) + " is at " + number(first.back());
    }
    if (at != log.size()) return "position " + std::to_string(at + 1) + " holds what nobody asked for";
    return std::nullopt;
}

History::Wrong History::check_seen(const EventBatch& log) const {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (seen_[i].position != Position{i + 1}) return "a subscription skipped to " + number(seen_[i].position);
        if (i >= log.size() || line_of(log[i]) != seen_[i].line)
            return "what a subscription has seen at " + number(seen_[i].position) + " is not there";
    }
    return std::nullopt;
}

History::Wrong History::check_streams(const EventStore& store, const EventBatch& log) const {
    std::map<std::string, std::vector<std::string>> streams;
    for (const auto& event : log) streams[std::string{event.stream}].push_back(line_of(event));
    for (const auto& [stream, lines] : streams) {
        std::vector<std::string> found;
        for (const auto& event : store.read_stream(stream, Version{1}, 100'000)) found.push_back(line_of(event));
        if (found != lines) return "stream " + stream + " reads otherwise than the log";
    }
    return std::nullopt;
}

History::Wrong History::check_commands(EventStore& store, const std::vector<Position>& first) const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        const auto& [commit, answer] = asked_[i];
        const auto& id = commit.metadata.command_id;
        if (id.is_nil()) continue;
        const auto known = store.find_command(id);
        if (!known && (answer || first[i] != Position{0})) return "command " + id.text() + " is not remembered";
        if (!known) continue;
        if (!commit.appends.empty() && known->first != first[i])
            return "command " + id.text() + " is remembered at " + number(known->first);
        const auto may_be = receipts_.find(i);
        if (may_be == receipts_.end() ? !known->receipt.empty()
                                      : std::ranges::find(may_be->second, known->receipt) == may_be->second.end())
            return "command " + id.text() + " has the receipt '" + known->receipt + "'";
        const auto again = store.append_and_wait(commit);
        if (!again || !again->repeated || again->first != first[i] ||
            (answer && (again->first != answer->first || again->last != answer->last)))
            return "command " + id.text() + " was answered otherwise the second time";
    }
    return std::nullopt;
}

History::Wrong History::check_snapshots(const EventStore& store) const {
    Wrong wrong;
    store.each_snapshot([&](const StoredSnapshot& stored) {
        const auto is_this = [&](const Saved& saved) {
            return saved.stream == stored.stream && saved.snapshot.version == stored.snapshot.version &&
                   saved.snapshot.position == stored.snapshot.position && saved.snapshot.state == stored.snapshot.state;
        };
        if (std::ranges::none_of(saved_, is_this)) wrong = "a snapshot of " + stored.stream + " that nobody saved";
        if (stored.snapshot.position > store.head()) wrong = "a snapshot of " + stored.stream + " is ahead of the log";
        return !wrong;
    });
    return wrong;
}

std::expected<void, std::string> Workload::open() {
    auto log =
        RocksLog::open(directory, create, {.disk = &env_, .write_buffer_bytes = 64u << 10, .opening_threads = 1});
    if (!log) return std::unexpected(log.error());
    try {
        store_ = std::make_unique<EventStore>(*std::move(log));
    } catch (const StorageError& error) {
        return std::unexpected(error.what());
    }
    return {};
}

void Workload::close() {
    env_.work();
    store_.reset();
    env_.work();
}

LogReport Workload::verify_on_disk() {
    return verify_log_directory(directory, {}, {.disk = &env_, .opening_threads = 1});
}

std::optional<std::string> Workload::run() {
    try {
        const bool done = work();
        if (!done && store_) return check_stopped();
    } catch (const StorageError& error) {
        if (!disk_->has_failed()) return std::string{"the whole disk could not be read: "} + error.what();
    }
    if (!wrong_.empty()) return wrong_;
    return std::nullopt;
}

// The log has refused something: it must say so from now on, and go on reading as long as there is a disk.
std::optional<std::string> Workload::check_stopped() {
    if (!wrong_.empty()) return wrong_;
    if (!disk_->has_failed()) return "the log stopped on a disk that did not fail: " + store_->failure().value_or("?");
    if (store_->accepting() || !store_->failure()) return "the log refused a commit and did not stop";
    const auto refused =
        store_->append_and_wait(Commit{.appends = {{"late-1", NoStream{}, {{"test.happened", 1, "never"}}}}});
    if (refused || refused.error().code != errc::log_unavailable) return "a stopped log accepted a commit";
    if (!disk_->is_on()) return std::nullopt;
    const auto log = whole_log(*store_);
    for (const auto& [commit, answer] : history_.commits())
        if (answer && answer->last.value > log.size()) return "a stopped log does not show all that it acknowledged";
    return std::nullopt;
}

std::optional<std::string> Workload::goes_on() {
    versions_.clear();
    const auto log = whole_log(*store_);
    for (const auto& event : log) versions_[std::string{event.stream}] = event.version;
    if (!append(commit({{"after-1", 2}, {"a-1", 1}}))) return "the log accepts nothing any more";
    if (!append(commit({{"a-1", 1}}))) return "the log accepts nothing but one";
    if (!refuse()) return wrong_;
    return std::nullopt;
}

bool Workload::work() { return first_day() && reopen() && second_day() && reopen() && third_day(); }

// Small things of every kind.
bool Workload::first_day() {
    if (!open()) return false;
    auto receipt_only = commit({});
    receipt_only.receipt = "refused";
    auto with_receipt = commit({{"a-1", 1}});
    with_receipt.receipt = "created";
    if (!append(with_receipt) || !append(commit({{"a-1", 1}})) || !append(receipt_only)) return false;
    if (!append(commit({{"a-1", 2}, {"b-1", 1}, {"c-1", 3}})) || !repeat(0) || !repeat(2)) return false;
    if (!append_together({commit({{"b-1", 1}}), commit({{"d-1", 2}}), commit({{"a-1", 1}}), commit({{"e-1", 1}})}))
        return false;
    auto conditional = commit({{"c-1", 10}});
    conditional.conditions = {{{"a-1", expected("a-1")}, {"nobody-1", NoStream{}}}, {{"of:a-1", {}, store_->head()}}};
    return snapshot("a-1") && replace_receipt(0, "created, and paid") && append(conditional) && refuse();
}

// Enough for tables to be written and merged.
bool Workload::second_day() {
    if (!repeat(0) || !repeat(2) || !fill_tables(6) || !snapshot("big-1")) return false;
    return append(commit({{"a-1", 1}})) && fill_tables(5) && replace_receipt(2, "refused for good");
}

bool Workload::third_day() {
    if (!repeat(3) || !append_together({commit({{"f-1", 1}}), commit({{"f-2", 1}}), commit({{"a-1", 1}})}))
        return false;
    store_->drop_snapshot("a-1");
    auto last = commit({});
    last.receipt = "the last word";
    return settle() && snapshot("f-1") && append(commit({{"f-1", 1}, {"f-3", 1}})) && append(last);
}

// A commit against a condition that does not hold: nothing of it may ever be seen.
bool Workload::refuse() {
    auto vain = commit({{"vain-1", 1}});
    versions_.erase("vain-1");
    vain.conditions.tags = {{"odd", {}, Position{0}}};
    const auto refused = store_->append_and_wait(vain);
    if (refused || (refused.error().code != errc::condition_failed && store_->accepting()))
        wrong_ = "a commit was accepted against its condition";
    return wrong_.empty() && store_->accepting();
}

bool Workload::reopen() {
    close();
    return open() && settle();
}

bool Workload::settle() {
    env_.work();
    auto follower = store_->subscribe(history_.last_seen());
    for (auto batch = follower.poll(); !batch.empty(); batch = follower.poll()) history_.saw(batch);
    return store_->accepting();
}

bool Workload::append(Commit commit) {
    const auto place = history_.asked(commit);
    const auto appended = store_->append_and_wait(commit);
    if (appended) history_.answered(place, *appended);
    return appended && settle();
}

// The first commit goes to the disk alone, and the others while that is under way: together.
bool Workload::append_together(const std::vector<Commit>& commits) {
    disk_->hold();
    std::vector<std::pair<std::size_t, Appended>> proposed;
    bool all = true;
    for (const auto& commit : commits) {
        const auto place = history_.asked(commit);
        const auto accepted = store_->propose(commit);
        all = all && accepted;
        if (!accepted) break;
        proposed.emplace_back(place, *accepted);
        // Where something failed in the background the write never comes to the disk.
        while (proposed.size() == 1 && store_->accepting() && !disk_->somebody_waits(std::chrono::milliseconds{1})) {
        }
    }
    disk_->release();
    for (const auto& [place, appended] : proposed) {
        const bool durable = store_->wait_durable(appended.last).has_value();
        if (durable) history_.answered(place, appended);
        all = all && durable;
    }
    return all && settle();
}

bool Workload::repeat(std::size_t asked) {
    const auto& [commit, answer] = history_.commits()[asked];
    const auto again = store_->append_and_wait(commit);
    if (!again) return false;
    if (!again->repeated || again->first != answer->first || again->last != answer->last)
        wrong_ = "command " + commit.metadata.command_id.text() + " was answered otherwise the second time";
    return wrong_.empty();
}

bool Workload::replace_receipt(std::size_t asked, const std::string& receipt) {
    asio::io_context context;
    const auto id = history_.commits()[asked].commit.metadata.command_id;
    auto done = asio::co_spawn(context, store_->replace_receipt(id, receipt), asio::use_future);
    context.run();
    const bool answered = done.get().has_value();
    history_.replaced(asked, receipt, answered);
    return answered && settle();
}

bool Workload::snapshot(const std::string& stream) {
    const auto last = store_->read_stream_back(stream, Version{UINT64_MAX}, 1);
    if (last.empty()) {
        wrong_ = "stream " + stream + " is empty";
        return false;
    }
    const Snapshot made{Fingerprint{7}, last[0].version, last[0].position, "state of " + line_of(last[0])};
    history_.saved(stream, made);
    store_->save_snapshot(stream, made);
    return settle();
}

bool Workload::fill_tables(int commits) {
    for (int i = 0; i < commits; ++i)
        if (!append(commit({{"big-1", 5}, {"big-2", 5}}, 4096))) return false;
    return true;
}

Expected Workload::expected(const std::string& stream) {
    const auto version = versions_[stream];
    return version == Version{0} ? Expected{NoStream{}} : Expected{version};
}

// The given number of events for each stream; no two events are equal.
Commit Workload::commit(std::initializer_list<std::pair<std::string, int>> events_to, std::size_t payload_bytes) {
    Commit made{.metadata = {.time = Timestamp{static_cast<std::int64_t>(++commands_)},
                             .command_id = uuid_v7(7, 0, commands_),
                             .actor = "tester"}};
    for (const auto& [stream, count] : events_to) {
        StreamAppend append{stream, expected(stream), {}};
        for (int i = 0; i < count; ++i) {
            auto payload = std::to_string(commands_) + "." + std::to_string(i) + " of " + stream + " ";
            payload.resize(std::max(payload.size(), payload_bytes), '.');
            NewEvent event{"test.happened", 1, std::move(payload)};
            if (commands_ % 2 == 1) event.tags = {"odd", "of:" + stream};
            if (commands_ % 3 == 0) event.event_id = uuid_v7(8, commands_, ++event_ids_);
            append.events.push_back(std::move(event));
        }
        versions_[stream].value += static_cast<std::uint64_t>(count);
        made.appends.push_back(std::move(append));
    }
    return made;
}

}  // namespace sillok
