// One subcommand of `sillok`: declares its options and runs.
//
// Output: results go to standard output, with --json as JSON and nothing else. Progress and remarks go to standard
//         error.
// Errors: run() throws Failure, Misuse or NotReachable with one sentence; main() prints it and exits with status 1, 2
//         or 4.
#pragma once

#include "tools/option_sources.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace CLI {
class App;
}

namespace sillok {

enum class ExitStatus { done = 0, failed = 1, misused = 2, different = 3, not_reachable = 4 };

// The command failed.
class Failure : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
    // The code is for programs, and stable; without one it is that of the sentence's reason (advice.hpp).
    Failure(const std::string& sentence, std::string code) : std::runtime_error(sentence), code_(std::move(code)) {}
    [[nodiscard]] const std::string& code() const { return code_; }

   private:
    std::string code_;
};
// A server does not answer, or is not ready.
class NotReachable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
// The command line makes no sense.
class Misuse : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Subcommand {
   public:
    virtual ~Subcommand() = default;
    // Adds the subcommand and its options; their values are stored in this object.
    virtual CLI::App* declare(CLI::App& program) = 0;
    // Called when all options of all subcommands have been declared, before anything is parsed.
    virtual void all_declared(const CLI::App& /*program*/) {}
    // REQUIRES: the command line has been parsed. Returns ExitStatus::different when the printed result itself reports
    // a difference, for example a damaged log.
    virtual ExitStatus run() = 0;

    // Where the options' values are from; known before run().
    void set_origins(std::shared_ptr<const OptionOrigins> origins) { origins_ = std::move(origins); }

   protected:
    [[nodiscard]] const OptionOrigins& origins() const { return *origins_; }

   private:
    std::shared_ptr<const OptionOrigins> origins_;
};

std::unique_ptr<Subcommand> make_serve();
std::unique_ptr<Subcommand> make_payments_simulator();
std::unique_ptr<Subcommand> make_reconcile();
std::unique_ptr<Subcommand> make_replay();
std::unique_ptr<Subcommand> make_snapshot();
std::unique_ptr<Subcommand> make_events();
std::unique_ptr<Subcommand> make_verify();
std::unique_ptr<Subcommand> make_proof();
std::unique_ptr<Subcommand> make_saga();
std::unique_ptr<Subcommand> make_completion();
std::unique_ptr<Subcommand> make_man();
std::unique_ptr<Subcommand> make_status();
std::unique_ptr<Subcommand> make_doctor();
std::unique_ptr<Subcommand> make_breaker();
std::unique_ptr<Subcommand> make_part();
std::unique_ptr<Subcommand> make_backup();
std::unique_ptr<Subcommand> make_restore();
std::unique_ptr<Subcommand> make_import();
std::unique_ptr<Subcommand> make_bench();
std::unique_ptr<Subcommand> make_simulate();

}  // namespace sillok
