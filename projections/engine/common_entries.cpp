#include "projections/engine/common_entries.hpp"

#include "eventstore/storage/rocks_helpers.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

// A question in vain is a seek of one to three microseconds, and up to eight others may have agreed before.
constexpr std::size_t vain_questions_max = 500;
constexpr std::size_t partitions_max = 8;  // more are seldom needed to agree
constexpr std::size_t looked_up_max = 64;  // of a long search, whether there are such entries at all

// Up to `max` of the numbers below `count`, evenly apart.
std::vector<std::size_t> spread(std::size_t count, std::size_t max) {
    std::vector<std::size_t> chosen;
    const auto wanted = std::min(count, max);
    chosen.reserve(wanted);
    for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(i * count / wanted);
    return chosen;
}

}  // namespace

CommonEntries::CommonEntries(const OpenIndex& open, IndexNumber index, const std::vector<std::string>& partitions) {
    Partition looked_up{{}, open()};
    for (const auto at : spread(partitions.size(), looked_up_max)) {
        looked_up.prefix = read_model_keys::index_prefix(index, partitions[at]);
        looked_up.entries->Seek(slice(looked_up.prefix));
        if (!ask(looked_up, {})) one_is_empty_ = true;
        if (one_is_empty_) return;
    }
    for (const auto at : spread(partitions.size(), partitions_max))
        partitions_.push_back({read_model_keys::index_prefix(index, partitions[at]), open()});
}

std::optional<std::string_view> CommonEntries::ask(Partition& partition, std::string_view from) {
    auto& entries = *partition.entries;
    const auto wanted = partition.prefix + std::string{from};
    if (!entries.Valid() || view(entries.key()) < wanted) entries.Seek(slice(wanted));
    require(entries.status(), "reading an index");
    if (!entries.Valid() || !view(entries.key()).starts_with(partition.prefix)) return std::nullopt;
    return view(entries.key()).substr(partition.prefix.size());
}

std::optional<std::string> CommonEntries::first_from(std::string_view from) {
    if (one_is_empty_) return std::nullopt;
    std::string wanted{from};
    std::string passed{from};  // nothing that is wanted is there or before
    std::size_t agreed = 0;
    for (std::size_t turn = 0; agreed < partitions_.size(); turn = (turn + 1) % partitions_.size()) {
        if (vain_questions_ >= vain_questions_max && !passed.empty()) {
            given_up_at_ = std::move(passed);
            return std::nullopt;
        }
        const auto found = ask(partitions_[turn], wanted);
        if (!found) return std::nullopt;
        if (*found == wanted) {
            ++agreed;
            continue;
        }
        ++vain_questions_;
        passed = std::exchange(wanted, std::string{*found});
        agreed = 1;
    }
    return wanted;
}

}  // namespace sillok
