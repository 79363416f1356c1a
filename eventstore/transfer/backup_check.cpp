#include "eventstore/transfer/backup_check.hpp"

#include "eventstore/base/directory_lock.hpp"
#include "eventstore/base/file_sum.hpp"
#include "eventstore/transfer/backup_engine.hpp"
#include "eventstore/transfer/backup_notes.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

using backups::NotedFile;

struct CheckedFile {
    NotedFile noted;
    std::vector<BackupNumber> numbers;
    std::uint64_t bytes = 0;
};

class BackupChecking {
   public:
    BackupChecking(std::filesystem::path from, const BackupCheckOptions& options)
        : from_(std::move(from)), options_(options), pace_(options.bytes_per_second) {}

    BackupCheck run(const BackupList& list) {
        for (const auto number : backups::noted_numbers(from_))
            if (!options_.only || *options_.only == BackupNumber{number}) add(BackupNumber{number});
        look_at_all();
        const auto chosen = chosen_tables();
        for (const auto* file : chosen) to_read_ += file->bytes;
        for (const auto* file : chosen) read(*file);
        for (const auto number : list.damaged)
            if (std::ranges::find(report_.checked, number) != report_.checked.end() && !report_.is_damaged(number))
                report_.damages.push_back({{number}, "", "its notes are damaged"});
        return std::move(report_);
    }

   private:
    void add(BackupNumber number) {
        report_.checked.push_back(number);
        auto files = backups::noted_files(from_, number.value);
        if (!files) return report_.damages.push_back({{number}, "", files.error()});
        for (auto& file : *files) {
            auto& one = files_[{file.path, file.crc32c}];
            one.noted = std::move(file);
            one.numbers.push_back(number);
        }
    }

    // Also reads the files that one backup has for itself.
    void look_at_all() {
        for (auto& [key, file] : files_) {
            ++report_.files;
            if (auto flaw = backups::flaw_at_a_glance(from_, file.noted)) {
                damaged(file, *std::move(flaw));
                continue;
            }
            std::error_code error;
            file.bytes = std::filesystem::file_size(from_ / file.noted.path, error);
            report_.bytes += file.bytes;
            if (file.noted.is_shared())
                tables_.push_back(&file);
            else
                read(file);
        }
    }

    // As many tables as have this share of all their bytes, in an order that the seed gives.
    std::vector<const CheckedFile*> chosen_tables() {
        if (options_.share >= 1) return tables_;
        std::uint64_t all = 0;
        for (const auto* table : tables_) all += table->bytes;
        const auto enough = static_cast<double>(all) * options_.share;
        std::mt19937_64 random{options_.seed};
        std::ranges::shuffle(tables_, random);
        std::vector<const CheckedFile*> chosen;
        std::uint64_t bytes = 0;
        for (const auto* table : tables_) {
            if (static_cast<double>(bytes) >= enough) break;
            chosen.push_back(table);
            bytes += table->bytes;
        }
        return chosen;
    }

    void read(const CheckedFile& file) {
        const auto sum = sum_of_file(from_ / file.noted.path, [&](std::string_view piece) {
            if (file.noted.is_shared()) done_ += piece.size();
            if (options_.progress) options_.progress(done_, to_read_);
            return pace_.take(piece.size());
        });
        ++report_.files_read;
        if (!sum) return damaged(file, "cannot be read: " + sum.error().message());
        report_.bytes_read += sum->bytes;
        if (sum->crc32c != file.noted.crc32c) damaged(file, "is not what was written: its checksum is another one");
    }

    void damaged(const CheckedFile& file, std::string what) {
        report_.damages.push_back({file.numbers, file.noted.path, std::move(what)});
    }

    const std::filesystem::path from_;
    const BackupCheckOptions& options_;
    Pace pace_;
    BackupCheck report_;
    std::map<std::pair<std::string, std::uint32_t>, CheckedFile> files_;
    std::vector<const CheckedFile*> tables_;  // the shared files that are there
    std::uint64_t to_read_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace

bool BackupCheck::is_damaged(BackupNumber number) const {
    return std::ranges::any_of(damages, [number](const BackupDamage& damage) {
        return std::ranges::find(damage.numbers, number) != damage.numbers.end();
    });
}

std::expected<BackupCheck, std::string> check_backups(const std::filesystem::path& from,
                                                      const BackupCheckOptions& options) {
    if (!backups::holds_backups(from)) return std::unexpected(from.string() + " holds no backup");
    std::optional<DirectoryLock> held;
    if (!options.beside_a_writer) {
        auto lock = DirectoryLock::take(from, DirectoryLock::Purpose::share);
        if (!lock) return std::unexpected(lock.error());
        held = *std::move(lock);
    }
    const auto reader = backups::open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    auto report = BackupChecking{from, options}.run(backups::list_of(**reader, from));
    if (options.only && report.checked.empty())
        return std::unexpected(from.string() + " holds no backup " + std::to_string(options.only->value));
    return report;
}

}  // namespace sillok
