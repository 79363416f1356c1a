// `sillok backup verify`: whether the backups of a directory can be restored.
#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/random.hpp"
#include "eventstore/transfer/backup_check.hpp"
#include "tools/commands/backup_json.hpp"
#include "tools/commands/backup_parts.hpp"
#include "tools/option_range.hpp"
#include "tools/progress_line.hpp"
#include "tools/rate_option.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

// "5%" is 0.05.
double share_of(std::string_view text) {
    const auto digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : std::string_view{};
    const auto percent = parse_number<double>(digits, std::chars_format::fixed);
    if (!percent || !(*percent > 0 && *percent <= 100))
        throw Misuse("--sample: '" + std::string{text} + "' is no share of more than 0% and at most 100%, such as 5%");
    return *percent / 100;
}

class BackupVerify final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& backup) override {
        auto* app = backup.add_subcommand("verify", "Check that the backups of a directory can be restored");
        app->add_option("--from,directory", from_, "The backup directory")->required();
        auto* all = app->add_flag("--read-all", read_all_, "Read every byte, and compare with the checksums");
        app->add_option("--sample", sample_, "Read this share of the bytes, of files chosen at random: 5%")
            ->excludes(all);
        app->add_option("--seed", seed_, "Choose the files of an earlier --sample again");
        app->add_option("--backup", number_, "Only the backup of this number");
        app->add_option("--max-rate", max_rate_, "The most bytes to read in a second: 20MiB");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok backup verify /mnt/backups --read-all\n"
            "  sillok backup verify /mnt/backups --sample 5%");
        return app;
    }

    ExitStatus run() override {
        BackupCheckOptions options{.share = read_all_         ? 1.0
                                            : sample_.empty() ? 0.0
                                                              : share_of(sample_),
                                   .seed = seed_ ? *seed_ : random_bits() >> 32U,
                                   .bytes_per_second = rate_of("--max-rate", max_rate_)};
        if (number_) options.only = BackupNumber{*number_};
        const auto check = checked(options);
        if (json_)
            print(check, options);
        else
            tell(check, options);
        return check.ok() ? ExitStatus::done : ExitStatus::different;
    }

   private:
    [[nodiscard]] bool is_sample() const { return !read_all_ && !sample_.empty(); }

    [[nodiscard]] BackupCheck checked(BackupCheckOptions options) const {
        ProgressLine progress;
        options.progress = [&](std::uint64_t read, std::uint64_t of) { progress.show("reading", read, of); };
        auto check = check_backups(from_, options);
        if (!check) throw Failure(check.error());
        return *std::move(check);
    }

    static void print(const BackupCheck& check, const BackupCheckOptions& options) {
        auto numbers = Json::array();
        for (const auto number : check.checked) numbers.push_back(number.value);
        Json json{{"ok", check.ok()},       {"backups", std::move(numbers)}, {"files", check.files},
                  {"bytes", check.bytes},   {"filesRead", check.files_read}, {"bytesRead", check.bytes_read},
                  {"share", options.share}, {"seed", options.seed},          {"damages", json_of(check.damages)}};
        fmt::print("{}\n", json.dump());
    }

    void tell(const BackupCheck& check, const BackupCheckOptions& options) const {
        for (const auto& damage : check.damages) fmt::print("{}\n", text_of(damage));
        fmt::print("{} backups checked: {} files, {} bytes; {}\n", check.checked.size(), check.files, check.bytes,
                   check.ok() ? "no damage found" : "damaged");
        if (is_sample())
            fmt::print("read: {} of the files, {} of the bytes; --sample {} --seed {} reads the same again\n",
                       check.files_read, check.bytes_read, sample_, options.seed);
        else if (!read_all_)
            fmt::print("not read: the bytes of the table files, only their sizes; --read-all reads them\n");
        if (!check.ok())
            fmt::print(
                "a new backup of the log replaces damaged table files that the log still has; see to that first\n");
    }

    std::filesystem::path from_;
    bool read_all_ = false;
    std::string sample_;
    std::optional<std::uint64_t> seed_;
    std::optional<std::uint32_t> number_;
    std::string max_rate_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_backup_verify() { return std::make_unique<BackupVerify>(); }

}  // namespace sillok
