// Goes on with a log that contradicts its witnesses, because an operator said so.
//
// The log begins a new epoch, so that positions that were handed out beyond its end are refused. Its next event says
// what was accepted (aggregates/loss_accepted.hpp). The witnesses that know another log are removed; read models and
// the sagas' checkpoint are made again from the log.
#pragma once

#include "api/witnesses.hpp"

#include <expected>
#include <string>

namespace sillok {

// REQUIRES: the log in the directory is not open. The error is one sentence for people.
std::expected<void, std::string> accept_loss(const DataDirectory& directory, const Contradiction& found);

}  // namespace sillok
