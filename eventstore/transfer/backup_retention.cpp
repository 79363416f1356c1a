#include "eventstore/transfer/backup_retention.hpp"

#include "eventstore/base/rfc3339.hpp"

#include <chrono>
#include <ranges>
#include <set>
#include <utility>

namespace sillok {

namespace {

using std::chrono::sys_days;

sys_days day_of(Timestamp time) {
    const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds{time.value}};
    return std::chrono::floor<std::chrono::days>(moment);
}

// "2026-11-27"
std::string text_of(sys_days day) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch());
    return rfc3339(Timestamp{since.count()}).substr(0, 10);
}

std::string day_name(Timestamp time) { return "day " + text_of(day_of(time)); }

std::string week_name(Timestamp time) {
    const auto day = day_of(time);
    const std::chrono::weekday weekday{day};
    return "week of " + text_of(day - (weekday - std::chrono::Monday));
}

std::string month_name(Timestamp time) { return "month " + text_of(day_of(time)).substr(0, 7); }

// Of each of the newest `count` periods the newest backup.
void keep_periods(std::vector<Retained>& all, const std::vector<Backup>& backups, std::uint32_t count,
                  std::string (*period_of)(Timestamp)) {
    std::set<std::string> periods;
    for (auto at = backups.size(); at-- > 0 && periods.size() < count;) {
        auto period = period_of(backups[at].time);
        if (periods.insert(period).second) all[at].why.push_back(std::move(period));
    }
}

}  // namespace

bool has_all_of(const Backup& newer, const Backup& older) {
    if (older.head.position == Position{0}) return true;
    if (newer.log.log_id.is_nil() || newer.log.log_id != older.log.log_id) return false;
    if (older.head.position > newer.head.position) return false;
    if (newer.log.epoch() == older.log.epoch()) return true;
    const auto common = newer.log.left(older.log.epoch());
    return common && older.head.position <= *common;
}

std::vector<Retained> retained_by(const RetentionRule& rule, const std::vector<Backup>& backups) {
    std::vector<Retained> all;
    all.reserve(backups.size());
    for (const auto& backup : backups) all.push_back({.number = backup.number, .kept = false, .why = {}});
    if (all.empty()) return all;
    all.back().why.emplace_back("newest");
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (!has_all_of(backups.back(), backups[at])) all[at].why.emplace_back("may have events that the newest lacks");
        if (all.size() - at <= rule.last) all[at].why.push_back("last " + std::to_string(rule.last));
    }
    keep_periods(all, backups, rule.daily, day_name);
    keep_periods(all, backups, rule.weekly, week_name);
    keep_periods(all, backups, rule.monthly, month_name);
    for (auto& one : all) one.kept = !one.why.empty();
    return all;
}

}  // namespace sillok
