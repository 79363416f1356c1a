// A new directory under $TMPDIR (or /tmp). The destructor removes it with its contents.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace sillok {

class TemporaryDirectory {
   public:
    // Throws std::system_error.
    explicit TemporaryDirectory(std::string_view prefix) {
        auto name = (std::filesystem::temp_directory_path() / prefix).string() + "-XXXXXX";
        if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "cannot make " + name);
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;  // a file that cannot be removed stays in the temporary folder
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

}  // namespace sillok
