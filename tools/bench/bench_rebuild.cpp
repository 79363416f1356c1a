#include "tools/bench/bench_rebuild.hpp"

#include "api/backend.hpp"
#include "tools/bench/bench_directory.hpp"
#include "tools/bench/disk_ceiling.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/nearest_word.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok {
namespace {

constexpr std::size_t products = 1000;
constexpr std::uint64_t orders_ahead_max = 2'000;  // of the sagas
constexpr Money price{999, Currency{{'E', 'U', 'R'}}};

CommandContext context_of(const Clock& clock) {
    CommandContext context;
    context.metadata.time = clock.now();
    context.metadata.command_id = clock.new_id();
    context.metadata.correlation_id = context.metadata.command_id;
    context.metadata.actor = "bench";
    return context;
}

template <class Processor, class Id, class Command>
void run_command(Processor& processor, const Clock& clock, const Id& id, Command command) {
    if (!processor.submit(id, std::move(command), context_of(clock)))
        throw Failure("the bench's own command was refused");
}

// Places real orders through real sagas, without HTTP.
void fill(const std::filesystem::path& data, std::uint64_t orders) {
    auto backend = Backend::open({.data = data});
    if (!backend) throw Failure(backend.error());
    auto& parts = **backend;
    ProgressLine progress;
    for (std::size_t i = 0; i < products; ++i) {
        const ProductId id{fmt::format("p-{}", i)};
        run_command(parts.products, parts.clock, id, product::command::Register{id.value, price, "", ""});
        run_command(parts.stock, parts.clock, id, stock::command::Receive{Quantity{quantity_max}});
    }
    for (std::uint64_t i = 0; i < orders; ++i) {
        const ProductId bought{fmt::format("p-{}", i * 7919 % products)};
        order::Line line{bought, bought.value, Quantity{1}, price};
        run_command(parts.orders, parts.clock, OrderId{fmt::format("o-{}", i)},
                    order::command::Place{CustomerId{fmt::format("c-{}", i % 10'000)}, "", "", {std::move(line)}});
        if (i % orders_ahead_max == 0) {  // most of the log is the sagas' work: wait for them
            parts.sagas.position().wait(parts.store.head(), std::chrono::seconds{30});
            progress.show("filling a log", i, orders);
        }
    }
    // The sagas add events that they read again. The log is complete when they have read its last event.
    for (auto head = Position{}; head != parts.store.head() || parts.sagas.counts().outstanding > 0;) {
        head = parts.store.head();
        parts.sagas.position().wait(head, std::chrono::seconds{30});
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    parts.stop();
}

}  // namespace

nlohmann::ordered_json RebuildBench::run() const {
    spdlog::set_level(spdlog::level::warn);  // three notifications per order would be logged
    std::optional<BenchDirectory> temporary;
    auto directory = data;
    if (directory.empty()) {
        temporary.emplace();
        directory = temporary->path() / "data";
        fill(directory, orders);
    }

    const OfflineLog log{directory, OfflineLog::Access::read};
    auto models = ReadModels::open(log.directory.views(), log.store, ReadModels::Mode::existing);
    if (!models) throw Failure(models.error());
    auto* model = (*models)->find(projection);
    if (!model) {
        std::vector<std::string> names;
        names.reserve((*models)->all().size());
        for (const auto* one : (*models)->all()) names.emplace_back(one->name());
        throw Misuse("there is no projection '" + projection + "'" + did_you_mean(projection, names));
    }

    scan_records(log.directory.log());  // warms the page cache, so that neither measurement gains from being second
    const auto scan = scan_records(log.directory.log());
    const auto report = model->rebuild({.dry_run = true});
    if (!report) throw Failure(report.error());

    const auto rate = static_cast<double>(report->events) / report->seconds;
    const auto ceiling = static_cast<double>(scan.events) / scan.seconds;
    return {
        {"projection", projection}, {"events", report->events},           {"seconds", report->seconds},
        {"eventsPerSecond", rate},  {"ceilingEventsPerSecond", ceiling},  {"ratio", rate / ceiling},
        {"rows", report->rows},     {"differences", report->differences}, {"durable", keeps_what_is_synced(directory)}};
}

}  // namespace sillok
