#include "eventstore/base/room.hpp"

#include <system_error>

namespace sillok {

std::filesystem::path existing_part(const std::filesystem::path& directory) {
    std::error_code error;
    auto there = std::filesystem::absolute(directory, error);
    while (there.has_relative_path() && !std::filesystem::exists(there, error)) there = there.parent_path();
    return there;
}

std::optional<std::string> lack_of_room(const std::filesystem::path& directory, std::uint64_t bytes) {
    std::error_code error;
    const auto space = std::filesystem::space(existing_part(directory), error);
    if (error || bytes <= space.available) return std::nullopt;
    return "there is no room in " + directory.string() + ": " + std::to_string(bytes) + " bytes are needed, " +
           std::to_string(space.available) + " are free";
}

}  // namespace sillok
