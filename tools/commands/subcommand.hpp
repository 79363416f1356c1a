// One subcommand of `sillok`: declares its options and runs.
//
// Output: results go to standard output, as one JSON object with --json. Messages go to standard error.
// Errors: run() throws Failure or Misuse with one sentence; main() prints it and exits with status 1 or 2.
#pragma once

#include <memory>
#include <stdexcept>

namespace CLI {
class App;
}

namespace sillok {

enum class ExitStatus { done = 0, failed = 1, misused = 2 };

// The command failed.
class Failure : public std::runtime_error {
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
    // REQUIRES: the command line has been parsed. Returns ExitStatus::failed when the printed result itself reports a
    // problem, for example a damaged log.
    virtual ExitStatus run() = 0;
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
std::unique_ptr<Subcommand> make_backup();
std::unique_ptr<Subcommand> make_restore();
std::unique_ptr<Subcommand> make_import();
std::unique_ptr<Subcommand> make_bench();
std::unique_ptr<Subcommand> make_simulate();

}  // namespace sillok
