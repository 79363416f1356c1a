// What `sillok backup` does with backups that there are: list, verify, prune. And the list, which restore shows, too.
#pragma once

#include "tools/commands/subcommand.hpp"

#include <filesystem>
#include <memory>

namespace sillok {

std::unique_ptr<Subcommand> make_backup_list();
std::unique_ptr<Subcommand> make_backup_verify();
std::unique_ptr<Subcommand> make_backup_prune();

// Prints the backups of a directory. Throws Failure.
void print_backups(const std::filesystem::path& from, bool as_json);

}  // namespace sillok
