// A new directory for a benchmark, under $TMPDIR (or /tmp). The destructor removes it with its contents.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace sillok {

class BenchDirectory {
   public:
    // Throws std::system_error.
    BenchDirectory() {
        auto name = (std::filesystem::temp_directory_path() / "sillok-bench-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "cannot make " + name);
        path_ = name;
    }
    ~BenchDirectory() {
        std::error_code ignored;  // a file that cannot be removed stays in the temporary folder
        std::filesystem::remove_all(path_, ignored);
    }
    BenchDirectory(const BenchDirectory&) = delete;
    BenchDirectory& operator=(const BenchDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

}  // namespace sillok
