// Whether a log holds an event that somebody has seen.
#pragma once

#include "eventstore/storage/log_storage.hpp"
#include "eventstore/storage/record.hpp"

#include <string_view>

namespace sillok {

// Whether the log has this chain hash at this position, and so the same events up to there. Before the first event all
// logs are the same.
inline bool knows_chain(const LogStorage& log, Position position, const Hash& chain_hash) {
    if (position == Position{0}) return true;
    bool same = false;
    log.scan_log(position, [&](Position at, std::string_view bytes) {
        const auto event = record::read(at, bytes);
        same = at == position && event && event->chain_hash == chain_hash;
        return false;
    });
    return same;
}

}  // namespace sillok
