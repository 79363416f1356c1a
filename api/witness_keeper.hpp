// Keeps WITNESS (witness_file.hpp) up to date while a server runs.
//
// Threads: one of its own. stop() and the destructor come from one thread.
// Errors:  a file that cannot be written is logged once, and so is a log that cannot be read. Nothing else stops.
#pragma once

#include "api/witness_file.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <exception>
#include <stop_token>
#include <thread>

namespace sillok {

class WitnessKeeper {
   public:
    // Writes the log's present end durably. REQUIRES: the log outlives the keeper; it is durable up to its head.
    WitnessKeeper(WitnessFile file, const LogStorage& log);
    ~WitnessKeeper();  // as after a crash: the file does not say that the server was stopped
    WitnessKeeper(const WitnessKeeper&) = delete;
    WitnessKeeper& operator=(const WitnessKeeper&) = delete;

    // Writes durably that the log was stopped in order at its end. REQUIRES: nothing is appended any more. Idempotent.
    void stop();

   private:
    [[nodiscard]] KnownEnd end_of_log() const;
    void write(const KnownEnd& end, WitnessFile::Sync sync);
    void follow(const std::stop_token& stop);
    static void complain(const std::exception& unreadable);

    WitnessFile file_;
    const LogStorage& log_;
    bool failed_ = false;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok
