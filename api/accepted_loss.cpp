#include "api/accepted_loss.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/loss_accepted.hpp"
#include "api/witness_file.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "eventstore/transfer/log_copier.hpp"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>

namespace sillok {
namespace {

using Done = std::expected<void, std::string>;

std::string stream_of(const Uuid& log_id) { return "log-" + log_id.text(); }

Done record(EventStore& store, const Contradiction& found) {
    const LossAccepted event{store.head(), found.witness.position, found.witness.path, found.what};
    const auto stream = stream_of(store.storage().identity().log_id);
    Commit commit{.metadata = {.time = SystemClock{}.now(), .actor = "operator"}};
    const auto version = store.version_of(stream);
    commit.appends.push_back({.stream = stream,
                              .expected = version == Version{0} ? Expected{NoStream{}} : Expected{version},
                              .events = {encode(std::variant<LossAccepted>{event})}});
    const auto appended = store.append_and_wait(commit);
    if (!appended)
        return std::unexpected("the accepted loss cannot be recorded: " + std::string{name(appended.error().code)});
    return {};
}

Done forget(const DataDirectory& directory) {
    for (const auto& path : {directory.witness(), directory.verified(), directory.views(), directory.sagas()}) {
        std::error_code error;
        std::filesystem::remove_all(path, error);
        if (error) return std::unexpected(path.string() + " cannot be removed: " + error.message());
    }
    return {};
}

}  // namespace

Done accept_loss(const DataDirectory& directory, const Contradiction& found) {
    {
        auto log = RocksLog::open(directory.log(), RocksLog::Mode::create);
        if (!log) return std::unexpected(log.error());
        if (auto begun = begin_epoch(**log, (*log)->identity()); !begun) return begun;
        EventStore store{*std::move(log)};
        if (auto recorded = record(store, found); !recorded) return recorded;
        store.close();
    }
    return forget(directory);  // last: until then the log is refused, and the operator says it again
}

}  // namespace sillok
