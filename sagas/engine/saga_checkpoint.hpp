// Where the saga runtime had got to, in one small file: a shortcut past the beginning of the log, never the truth.
//
// Atomicity: written beside the old one, synced, then renamed over it.
// Errors:    a missing, damaged or newer file is no checkpoint; the log is then read from its beginning.
#pragma once

#include "sagas/engine/pending_work.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sillok::saga {

class Checkpoint {
   public:
    // Makes the directory where it is missing; throws std::filesystem::filesystem_error where it cannot.
    explicit Checkpoint(const std::filesystem::path& directory);

    [[nodiscard]] std::optional<PendingWork> load() const;
    // False when the disk refused; the old checkpoint is still there then.
    bool save(const PendingWork& outstanding);

   private:
    std::filesystem::path file_;
};

}  // namespace sillok::saga
