#include "tools/simulation/simulated_read_models.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/consumed.hpp"
#include "projections/engine/read_model_database.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sillok::simulation {
namespace {

constexpr const char* directory = "/views";

// Refuses the files in which RocksDB keeps a copy of its options. It never needs them, and goes on without. It writes,
// reads and compares one at every start and for every column family: a fifth of a run's time.
class WithoutOptionsFiles final : public rocksdb::FileSystemWrapper {
   public:
    using rocksdb::FileSystemWrapper::FileSystemWrapper;

    [[nodiscard]] const char* Name() const override { return "WithoutOptionsFiles"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        if (path.find("/OPTIONS-") != std::string::npos) return rocksdb::IOStatus::NotSupported("no options files");
        return target()->NewWritableFile(path, options, file, debug);
    }
};

std::unique_ptr<rocksdb::Env> env_over(const std::shared_ptr<SimulatedFileSystem>& disk) {
    return rocksdb::NewCompositeEnv(std::make_shared<WithoutOptionsFiles>(disk));
}

// What a read model would store that has consumed the log up to `position`.
ProjectionCheckpoint checkpoint_at(const EventStore& log, Position position) {
    ConsumedChain chain;
    while (chain.position() < position)
        for (const auto& event :
             log.read_log(chain.position(), std::min<std::size_t>(4'096, position.value - chain.position().value)))
            chain.add(event);
    return chain.checkpoint();
}

}  // namespace

SimulatedReadModels::SimulatedReadModels(InjectedBug injected_bug)
    : injected_bug_(injected_bug), disk_(std::make_shared<SimulatedFileSystem>()), env_(env_over(disk_)) {}

void SimulatedReadModels::open(const EventStore& log) {
    SILLOK_ASSERT(!models_);
    auto opened = ReadModels::open(directory, log, ReadModels::Mode::create, env_.get());
    if (!opened) throw std::runtime_error(opened.error());
    log_ = &log;
    models_ = *std::move(opened);
}

void SimulatedReadModels::crash() {
    const auto were = positions();
    auto left = disk_->after_reboot(SimulatedFileSystem::Survives::synced);
    models_.reset();  // closing flushes: into the disk that is gone
    disk_ = std::move(left);
    env_ = env_over(disk_);
    if (injected_bug_ == InjectedBug::checkpoint_ahead) move_stored_checkpoints(were);
    if (injected_bug_ == InjectedBug::checkpoint_behind) move_stored_checkpoints(durable_before_);
    log_ = nullptr;
}

bool SimulatedReadModels::is_behind(std::size_t model) const {
    return models_->all()[model]->position() < log_->head();
}

void SimulatedReadModels::take(std::size_t model, std::size_t events_max) {
    auto& taking = *models_->all()[model];
    taking.catch_up_to(Position{std::min(log_->head().value, taking.position().value + events_max)});
}

void SimulatedReadModels::make_durable() {
    models_->flush();
    durable_before_ = std::exchange(durable_, positions());
}

std::map<std::string, Position> SimulatedReadModels::positions() const {
    std::map<std::string, Position> all;
    for (auto* model : models_->all()) all.emplace(model->name(), model->position());
    return all;
}

// The bug: checkpoints do not go with their rows. They fit the log, so that nothing but the rows gives it away.
void SimulatedReadModels::move_stored_checkpoints(const std::map<std::string, Position>& to) {
    auto database = ReadModelDatabase::open(directory, ReadModelDatabase::Mode::create, env_.get());
    if (!database) throw std::runtime_error(database.error());
    for (const auto& [model, position] : to) {
        const auto build = (*database)->take_active(model);
        if (!build || position.value == 0) continue;
        rocksdb::WriteBatch batch;
        batch.Put(build->state.get(), slice(read_model_keys::checkpoint), to_bytes(checkpoint_at(*log_, position)));
        (*database)->write(batch);
    }
}

std::vector<std::string> SimulatedReadModels::differences() {
    std::vector<std::string> found;
    models_->catch_up();
    for (const auto& finding : models_->check()) found.push_back(fmt::format("{}: {}", finding.name, finding.what));
    for (auto* model : models_->all()) {
        const auto report = model->rebuild({.dry_run = true});
        if (!report) {
            found.push_back(report.error());
            continue;
        }
        for (const auto& [key, what] : report->first_differences)
            found.push_back(fmt::format("{} row {} differs from a fresh replay: {}", model->name(), key, what));
    }
    return found;
}

}  // namespace sillok::simulation
