// /v1/admin/backups: backs up the log while the server runs.
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
