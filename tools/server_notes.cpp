#include "tools/server_notes.hpp"

#include "api/log_line.hpp"

#include <unistd.h>

#include <utility>

namespace sillok {

namespace {

std::string_view last_stop_of(const Backend& backend) {
    const auto& last = backend.last_stop();
    if (!last) return "none is known";
    return last->stopped ? "in order" : "not in order";
}

}  // namespace

std::string without_secrets(std::string_view payments) {
    const auto scheme = payments.find("://");
    if (scheme == std::string_view::npos) return std::string{payments};
    auto rest = payments.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    const auto authority = rest.substr(0, rest.find('/'));
    if (const auto user = authority.rfind('@'); user != std::string_view::npos) rest.remove_prefix(user + 1);
    return std::string{payments.substr(0, scheme + 3)} + std::string{rest};
}

void say_started(Backend& backend, const ServedAs& as) {
    const auto& identity = backend.store.identity();
    nlohmann::ordered_json fields{{"version", as.version},
                                  {"pid", ::getpid()},
                                  {"data", backend.data() ? backend.data()->path().string() : ""},
                                  {"logId", identity.log_id.text()},
                                  {"epoch", identity.epoch().value},
                                  {"position", backend.store.head().value},
                                  {"lastStop", last_stop_of(backend)}};
    if (const auto& last = backend.last_stop(); last && !last->stopped) fields["lastKnown"] = last->position.value;
    fields["listen"] = as.listen;
    if (as.admin) fields["adminListen"] = *as.admin;
    fields["payments"] = as.payments;
    if (backend.backups()) fields["backups"] = backend.backups()->string();
    if (const auto* disk = backend.disk()) {
        fields["diskFreeBytes"] = disk->least().room.free_bytes;
        fields["diskReserveBytes"] = disk->reserve_bytes();
    }
    log_line(spdlog::level::info, "started", fields);
}

void say_stopped(Backend& backend, std::chrono::steady_clock::time_point since) {
    const auto spent = std::chrono::steady_clock::now() - since;
    const auto counts = backend.sagas.counts();
    log_line(spdlog::level::info, "stopped",
             {{"position", backend.store.head().value},
              {"millis", std::chrono::duration_cast<std::chrono::milliseconds>(spent).count()},
              {"sagasLive", counts.live},
              {"sagasOutstanding", counts.outstanding},
              {"sagasParked", counts.parked}});
}

}  // namespace sillok
