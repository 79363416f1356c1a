// /v1/admin/backups: a backup of the log while it is served.
#pragma once

#include "api/answer.hpp"
#include "api/backup_worker.hpp"
#include "api/request.hpp"

namespace sillok::api {

class Backups {
   public:
    // REQUIRES: the worker outlives it.
    explicit Backups(BackupWorker& worker) : worker_(worker) {}

    Answering create(const Request& request);

   private:
    BackupWorker& worker_;
};

}  // namespace sillok::api
