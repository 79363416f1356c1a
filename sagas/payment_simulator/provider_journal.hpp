// The file in which a simulated payment provider keeps what it has booked: one line each (provider_operation.hpp), only
// ever added to.
//
// Durable: a line is on disk before durable() says so. What is appended while a sync is under way is synced together.
// Torn:    a last line without its end was never answered for; opening cuts it off. Any other line that cannot be
//          booked again is an error that names it, and the file is left as it is.
// Failure: after a write that failed nothing is durable any more.
// Threads: append() and durable() from one thread; a coroutine goes on on its own executor.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/watermark.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace sillok {

// What is done with a booking that is read; the error says why it cannot be.
using ApplyOperation = std::function<std::expected<void, std::string>(const ProviderOperation&)>;

// Reads without touching the file, also while a provider writes to it; a torn last line is passed over. Error: a
// sentence.
std::expected<void, std::string> read_journal(const std::filesystem::path& file, const ApplyOperation& take);

class ProviderJournal {
   public:
    // Makes the file where it is missing, reads what is in it, and keeps it for itself alone. Error: a sentence.
    static std::expected<std::unique_ptr<ProviderJournal>, std::string> open(const std::filesystem::path& file,
                                                                             const ApplyOperation& take);
    ~ProviderJournal();  // closes
    ProviderJournal(const ProviderJournal&) = delete;
    ProviderJournal& operator=(const ProviderJournal&) = delete;

    void append(const ProviderOperation& operation);
    // Whether all that has been appended until now is on disk; false where it never will be.
    boost::asio::awaitable<bool> durable();
    // Writes what waits; afterwards no wait is left, so that the executors of those who waited may go. Idempotent.
    void close();

   private:
    ProviderJournal(std::filesystem::path file, int descriptor);
    void write_what_waits();

    const std::filesystem::path path_;
    const int file_;
    Position appended_;            // so many lines since it was opened
    Watermark<Position> written_;  // so many of them on disk

    Mutex mutex_;
    Condition waits_;
    std::string lines_ SILLOK_GUARDED_BY(mutex_);
    Position lines_until_ SILLOK_GUARDED_BY(mutex_);
    bool closing_ SILLOK_GUARDED_BY(mutex_) = false;
    std::thread writer_;
};

}  // namespace sillok
