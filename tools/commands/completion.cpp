// `sillok completion` and `sillok man`: completions for shells and manual pages, made of what --help is made of.
#include "tools/description/completion.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/description/command_description.hpp"
#include "tools/description/manual_page.hpp"
#include "tools/nearest_word.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace sillok {
namespace {

class CompletionCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("completion", "Print the completion of this command line for a shell");
        app->require_subcommand(1);
        const auto add = [app](const char* shell, const char* description, const char* example) {
            auto* one = app->add_subcommand(shell, description);
            one->footer(std::string{"Example:\n  "} + example);
            return one;
        };
        bash_ = add("bash", "For bash: source it, or keep it in bash-completion's directory",
                    "sillok completion bash > sillok.bash");
        zsh_ = add("zsh", "For zsh: keep it as _sillok in a directory of $fpath", "sillok completion zsh > _sillok");
        fish_ = add("fish", "For fish: keep it in ~/.config/fish/completions", "sillok completion fish > sillok.fish");
        json_ = add("json", "The whole command line as one JSON object, for other programs", "sillok completion json");
        app->footer("Example:\n  sillok completion bash > sillok.bash");
        return app;
    }

    void all_declared(const CLI::App& program) override { program_ = describe(program); }

    ExitStatus run() override {
        if (bash_->parsed()) fmt::print("{}", bash_completion(program_));
        if (zsh_->parsed()) fmt::print("{}", zsh_completion(program_));
        if (fish_->parsed()) fmt::print("{}", fish_completion(program_));
        if (json_->parsed()) fmt::print("{}\n", json_of(program_).dump());
        return ExitStatus::done;
    }

   private:
    CommandDescription program_;
    const CLI::App* bash_ = nullptr;
    const CLI::App* zsh_ = nullptr;
    const CLI::App* fish_ = nullptr;
    const CLI::App* json_ = nullptr;
};

class ManCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("man", "Print a manual page, for man -l - or groff -man");
        app->add_option("subcommand", words_, "Of which subcommand, for example events tail; none: of the program");
        app->add_option("--to", to_, "Write the pages of all subcommands into this directory instead");
        app->footer("Example:\n  sillok man events tail > sillok-events-tail.1\n  sillok man --to ./man1");
        return app;
    }

    void all_declared(const CLI::App& program) override { program_ = describe(program); }

    ExitStatus run() override {
        if (!to_.empty()) return write_all();
        fmt::print("{}", manual_page(*meant(), program_, SILLOK_VERSION));
        return ExitStatus::done;
    }

   private:
    [[nodiscard]] const CommandDescription* meant() const {
        const auto* at = &program_;
        for (const auto& word : words_) {
            const CommandDescription* found = nullptr;
            std::vector<std::string> names;
            for (const auto& one : at->subcommands) {
                names.push_back(one.path.back());
                if (one.path.back() == word) found = &one;
            }
            if (found == nullptr)
                throw Misuse("there is no subcommand '" + word + "'" + (at->path.empty() ? "" : " of " + at->words()) +
                             did_you_mean(word, names));
            at = found;
        }
        return at;
    }

    [[nodiscard]] ExitStatus write_all() const {
        if (!words_.empty()) throw Misuse("--to writes the pages of all subcommands: name none");
        std::error_code error;
        std::filesystem::create_directories(to_, error);
        if (error) throw Failure(to_.string() + " cannot be made: " + error.message());
        std::size_t count = 0;
        for (const auto* command : all_commands(program_)) {
            const auto file = to_ / manual_page_name(*command);
            std::ofstream output{file};
            output << manual_page(*command, program_, SILLOK_VERSION);
            if (!output.flush())
                throw Failure(file.string() + " cannot be written: " + std::generic_category().message(errno));
            ++count;
        }
        fmt::print("{} manual pages in {}\n", count, to_.string());
        return ExitStatus::done;
    }

    CommandDescription program_;
    std::vector<std::string> words_;
    std::filesystem::path to_;
};

}  // namespace

std::unique_ptr<Subcommand> make_completion() { return std::make_unique<CompletionCommand>(); }
std::unique_ptr<Subcommand> make_man() { return std::make_unique<ManCommand>(); }

}  // namespace sillok
