// /v1/admin/backups: a backup of the log while it is served.
#pragma once

#include "api/backup_worker.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"

namespace sillok::api {

class Backups {
   public:
    // REQUIRES: the worker outlives it.
    explicit Backups(BackupWorker& worker) : worker_(worker) {}

    ResponseTask create(const Request& request);

   private:
    BackupWorker& worker_;
};

}  // namespace sillok::api
