// One subcommand of `sillok`: its options, and what it does with them.
//
// Output: what is asked for goes to standard output, one JSON object with --json; what people are told goes to
//         standard error.
// Errors: run() throws Failure or Misuse with one sentence; main() says it and ends with status 1 or 2.
#pragma once

#include <memory>
#include <stdexcept>

namespace CLI {
class App;
}

namespace sillok {

enum class ExitStatus { done = 0, failed = 1, misused = 2 };

// The operation could not be carried out.
class Failure : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
// It was asked for in a way that makes no sense.
class Misuse : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Subcommand {
   public:
    virtual ~Subcommand() = default;
    // Adds itself to the program; the option's values stand in this object.
    virtual CLI::App* declare(CLI::App& program) = 0;
    // What was asked for has been parsed. ExitStatus::failed without an exception: the result itself says what
    // is wrong (a log with problems, say).
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
