// A file that is either written whole or not there: it is written as FILE.partial, and gets its name at the end.
//
// Name:   "-" is standard output. A name that ends with .gz makes the file gzipped. A device or a pipe is
//         written directly.
// Errors: std::runtime_error with the file's name in its sentence.
#pragma once

#include <cstdio>
#include <filesystem>

namespace sillok {

class OutputFile {
   public:
    enum class IfThere { refuse, replace };
    OutputFile(std::filesystem::path path, IfThere if_there);
    ~OutputFile();  // removes what was not kept
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    [[nodiscard]] std::FILE* get() const { return file_; }
    // Syncs the file and gives it its name.
    void keep();

   private:
    void open();
    [[noreturn]] void refuse(const char* what, int error) const;

    std::filesystem::path path_;
    std::filesystem::path written_;  // where the bytes go; the same path for a device or a pipe
    IfThere if_there_;
    std::FILE* file_ = nullptr;
};

}  // namespace sillok
