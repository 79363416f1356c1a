// `sillok bench`: measures, beside the ceiling of the same machine in the same run.
#include "tools/subcommand.hpp"

#include <CLI/CLI.hpp>

namespace sillok {
namespace {

class Bench final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override { return program.add_subcommand("bench", "x"); }
    ExitStatus run() override { return ExitStatus::done; }
};

}  // namespace

std::unique_ptr<Subcommand> make_bench() { return std::make_unique<Bench>(); }

}  // namespace sillok
