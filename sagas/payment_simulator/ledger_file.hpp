// The ledger file of a simulated payment provider: one line per operation (provider_operation.hpp), in their order.
//
// Durable: an operation is on disk when durable() returns true. Operations appended during a sync share the next sync.
// Torn:    a last line without its end was never answered; opening the file cuts it off. Any other line that cannot be
//          reposted is an error that names the line, and the file stays as it is.
// Forget:  the file is written again without the forgotten lines, and the new one takes its name. Operations appended
//          meanwhile become durable afterwards. A crash leaves either file whole.
// Time:    a line of an older program has none. Opening the file gives it the time of the file's last change.
// Failure: after a failed write nothing becomes durable any more.
// Threads: append() and durable() from one thread; coroutines resume on their own executor.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/watermark.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

namespace sillok {

// Called for every operation that is read. The error says why it is invalid.
using ApplyOperation = std::function<std::expected<void, std::string>(const ProviderOperation&)>;

// Reads a file without changing it, even while a provider writes to it. A torn last line is ignored. The error is a
// sentence.
std::expected<void, std::string> read_ledger_file(const std::filesystem::path& file, const ApplyOperation& apply);

class LedgerFile {
   public:
    // Creates the file if it is missing, locks it, and reads it. The error is a sentence.
    static std::expected<std::unique_ptr<LedgerFile>, std::string> open(const std::filesystem::path& file,
                                                                        const ApplyOperation& apply);
    ~LedgerFile();  // closes
    LedgerFile(const LedgerFile&) = delete;
    LedgerFile& operator=(const LedgerFile&) = delete;

    void append(const ProviderOperation& operation);
    // Takes the operations with these keys out of the file, soon. Where that fails they stay until the next time.
    void forget(std::vector<Uuid> keys);
    // Returns true when everything appended so far is on disk, false if it never will be.
    boost::asio::awaitable<bool> durable();
    // Writes what was appended. Afterwards no coroutine waits, so their executors may be destroyed. Idempotent.
    void close();

   private:
    LedgerFile(std::filesystem::path file, int descriptor, Timestamp changed);
    void write_changes();
    // Each logs its failure.
    bool write_lines(std::string_view lines);
    void write_again_without(const std::unordered_set<Uuid>& forgotten);

    const std::filesystem::path path_;
    const Timestamp changed_;      // before it was opened: the time of lines that have none
    int file_;                     // the writer's
    Position appended_;            // the number of lines since the file was opened
    Watermark<Position> written_;  // the number of them on disk

    Mutex mutex_;
    Condition waits_;
    std::string lines_ SILLOK_GUARDED_BY(mutex_);
    Position lines_until_ SILLOK_GUARDED_BY(mutex_);
    std::optional<std::unordered_set<Uuid>> forgotten_ SILLOK_GUARDED_BY(mutex_);
    bool closing_ SILLOK_GUARDED_BY(mutex_) = false;
    std::thread writer_;
};

}  // namespace sillok
