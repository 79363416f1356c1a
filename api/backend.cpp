#include "api/backend.hpp"

#include "api/accepted_loss.hpp"
#include "api/witnesses.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/all_sagas.hpp"

#include <spdlog/spdlog.h>
#include <stdlib.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sillok {

namespace fs = std::filesystem;

Backend::Scratch::Scratch() {
    std::string path = (fs::temp_directory_path() / "sillok-XXXXXX").string();
    if (!mkdtemp(path.data()))
        throw std::system_error(errno, std::generic_category(), "a temporary directory: " + path);
    path_ = path;
}

Backend::Scratch::~Scratch() {
    std::error_code ignored;  // nobody needs the files
    fs::remove_all(path_, ignored);
}

// Results of all steps that may fail, opened before the first component is constructed.
struct Backend::Opened {
    BackendOptions options;
    std::optional<DataDirectory> directory;
    std::unique_ptr<Scratch> scratch;
    std::unique_ptr<LogStorage> storage;
    const RocksLog* log_on_disk = nullptr;  // the same storage, if it is on disk
    std::optional<WitnessFile> witness;     // of that log
    std::optional<KnownEnd> last_stop;      // as WITNESS has it
};

namespace {

std::string nothing_to_accept(const DataDirectory& directory, const RocksLog& log) {
    return "there is no loss to accept: all that have seen the log in " + directory.log().string() +
           " agree with it, up to its end at position " + std::to_string(log.head().position.value) +
           "; leave --accept-loss out";
}

// Opens the log, unless something in the directory says that it is not the one that belongs there.
std::expected<std::unique_ptr<RocksLog>, std::string> open_log(const DataDirectory& directory,
                                                               const BackendOptions& options) {
    const auto witnesses = witnesses_of(directory);
    auto found = missing_log(directory, witnesses);
    const RocksLogOptions log_options{.receipts = options.receipts};
    if (!found) {
        auto checked = log_options;
        checked.objection = [&](const RocksLog& log) {
            found = contradiction(directory, witnesses, log);
            return found.transform(&Contradiction::refusal);
        };
        auto log = RocksLog::open(directory.log(), RocksLog::Mode::create, checked);
        if (log && options.accept_loss) return std::unexpected(nothing_to_accept(directory, **log));
        if (!found) return log;
    }
    if (options.accept_loss != found->end) return std::unexpected(found->refusal());
    spdlog::warn("{}: this loss has been accepted", found->what);
    if (auto done = accept_loss(directory, *found); !done) return std::unexpected(done.error());
    return RocksLog::open(directory.log(), RocksLog::Mode::create, log_options);
}

}  // namespace

std::expected<std::unique_ptr<Backend>, std::string> Backend::open(BackendOptions options) {
    std::optional<DirectoryInTheMaking> making;  // if anything fails, nothing is left of what was made
    if (options.data) making.emplace(*options.data);
    Opened opened{.options = std::move(options),
                  .directory = {},
                  .scratch = {},
                  .storage = {},
                  .log_on_disk = {},
                  .witness = {},
                  .last_stop = {}};
    if (opened.options.data) {
        auto directory = DataDirectory::open(*opened.options.data, DataDirectory::Mode::create);
        if (!directory) {
            making->keep();  // it has removed its own, and another process may be at work there
            return std::unexpected(directory.error());
        }
        opened.directory = std::move(*directory);
        if (auto room = opened.directory->check_room(); !room) return std::unexpected(room.error());
        if (auto lack = lack_of_rights(opened.directory->path())) return std::unexpected(*std::move(lack));
        auto log = open_log(*opened.directory, opened.options);
        if (!log) return std::unexpected(log.error());
        if (auto last = WitnessFile::read(opened.directory->witness())) opened.last_stop = *last;
        auto witness = WitnessFile::open(opened.directory->witness());
        if (!witness) return std::unexpected(witness.error());
        opened.witness = *std::move(witness);
        opened.log_on_disk = log->get();
        opened.storage = std::move(*log);
    } else {
        opened.scratch = std::make_unique<Scratch>();
        opened.storage = std::make_unique<MemoryLog>();
    }
    try {
        std::unique_ptr<Backend> backend{new Backend{std::move(opened)}};
        if (making) making->keep();
        return backend;
    } catch (const std::runtime_error& error) {
        return std::unexpected(error.what());
    }
}

namespace {

std::unique_ptr<WitnessKeeper> keeper_of(std::optional<WitnessFile> file, const EventStore& store) {
    if (!file) return nullptr;
    return std::make_unique<WitnessKeeper>(*std::move(file), store.storage());
}

std::unique_ptr<DiskWatch> watch_of(const std::optional<DataDirectory>& directory, const EventStore& store,
                                    std::uint64_t reserve_bytes) {
    if (!directory) return nullptr;
    return std::make_unique<DiskWatch>(*directory, store, reserve_bytes);
}

std::unique_ptr<ReadModels> open_views(const fs::path& directory, const EventStore& store) {
    auto views = ReadModels::open(directory, store);
    if (!views) throw std::runtime_error(views.error());
    return std::move(*views);
}

}  // namespace

Backend::Backend(Opened opened)
    : directory_(std::move(opened.directory)),
      scratch_(std::move(opened.scratch)),
      backups_(std::move(opened.options.backups)),
      log_on_disk_(opened.log_on_disk),
      last_stop_(opened.last_stop),
      store(std::move(opened.storage), opened.options.log),
      witness_(keeper_of(std::move(opened.witness), store)),
      disk_(watch_of(directory_, store, opened.options.disk_reserve_bytes)),
      clock(store.storage().head().time),
      products(store, opened.options.processors),
      stock(store, opened.options.processors),
      orders(store, opened.options.processors),
      payments(store, opened.options.processors),
      deliveries(store, opened.options.processors),
      customers(store, opened.options.processors),
      refresh_(store, [this](const std::string& stream) { load_stock(stream); }),
      views(open_views(directory_ ? directory_->views() : scratch_->path() / "views", store)),
      payment_provider(connect(opened.options.payments)),
      sagas(store, {orders, stock, payments, deliveries}, *payment_provider, clock,
            {.directory = directory_ ? directory_->sagas() : scratch_->path() / "sagas",
             .engine = {.breaker = opened.options.breaker,
                        .reserve_for = opened.options.reserve_for,
                        .refund_in_transit = opened.options.refund_in_transit,
                        .managers = saga::all_sagas()}}) {
    views->deliver_to(messages, store);
    views->start();
    sagas.start();
}

// Of the aggregates only stocks grow large.
void Backend::load_stock(const std::string& stream) {
    if (category_of(stream) != stock::Stock::category) return;
    stock.with_state(ProductId{std::string{id_of(stream)}}, [](const stock::Stock::State&, Version) {});
}

Backend::~Backend() { stop(); }

void Backend::stop() {
    refresh_.stop();
    sagas.stop();
    views->stop();
    store.close();
    store.durable_mark().wait(Position{UINT64_MAX});  // until everything that was accepted is written
    if (disk_) disk_->stop();
    if (witness_ && !store.failure()) witness_->stop();
}

}  // namespace sillok
