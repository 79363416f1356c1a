// The file of the sagas' checkpoint. It saves reading the log from its beginning; the log alone is the truth.
//
// Atomicity: a new file is written and synced, then renamed over the old one.
// Errors:    a file that is missing, damaged or of a newer layout is no checkpoint.
#pragma once

#include "sagas/engine/pending_work.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sillok::saga {

class Checkpoint {
   public:
    // Makes the directory if it is missing. Throws std::filesystem::filesystem_error if it cannot.
    explicit Checkpoint(const std::filesystem::path& directory);

    [[nodiscard]] std::optional<PendingWork> load() const;
    // The same without making anything.
    static std::optional<PendingWork> load_from(const std::filesystem::path& directory);
    // Returns false if the disk refuses; then the old checkpoint is still there.
    bool save(const PendingWork& known);

   private:
    std::filesystem::path file_;
};

}  // namespace sillok::saga
