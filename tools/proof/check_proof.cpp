// `sillok-check-proof`: checks the output of `sillok proof`. It uses no database and none of Sillok's libraries, so an
// auditor has only this file and proof_check.cpp to read.
#include "tools/proof/proof_check.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr const char* usage =
    "Usage: sillok-check-proof [--root HEX] [--from-root HEX] [--unrooted] [FILE]\n"
    "Checks a proof that `sillok proof` printed, from FILE or from standard input, gzipped or not.\n"
    "  --root HEX       the root that the proof must lead to; of a consistency proof, the newer one\n"
    "  --from-root HEX  of a consistency proof, the older root\n"
    "  --unrooted       check only that the proof agrees with itself: anybody can make such a proof\n"
    "  --version        print the version\n"
    "Exit status: 0 it holds, 1 it does not, 2 wrong usage, or no root was given to compare it with.\n"
    "Example:\n  sillok proof inclusion --data ./data --position 7 | sillok-check-proof --root 5dc9da79...\n";

class Misuse : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Asked {
    proof_check::KnownRoots known;
    bool unrooted = false;
    bool help = false;
    bool version = false;
    std::string file = "-";
};

proof_check::Hash root_in(const std::string& option, const std::string& text) {
    if (text.empty()) throw Misuse(option + " is empty: give a root, 64 hexadecimal digits");
    const auto hash = proof_check::hash_from_hex(text);
    if (!hash) throw Misuse(option + ": '" + text + "' is not a root: 64 hexadecimal digits, lower case");
    return *hash;
}

// "--root=HEX" and "--root HEX" are the same.
Asked parse(int argc, char** argv) {
    std::vector<std::string> left{argv + std::min(argc, 1), argv + argc};
    Asked asked;
    bool file_given = false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto equals = left[i].starts_with("--") ? left[i].find('=') : std::string::npos;
        const auto option = left[i].substr(0, equals);
        if (option == "--root" || option == "--from-root") {
            if (equals == std::string::npos && i + 1 == left.size()) throw Misuse(option + " needs a value");
            const auto value = equals == std::string::npos ? left[++i] : left[i].substr(equals + 1);
            (option == "--root" ? asked.known.root : asked.known.from) = root_in(option, value);
        } else if (left[i] == "--unrooted") {
            asked.unrooted = true;
        } else if (left[i] == "--help") {
            asked.help = true;
        } else if (left[i] == "--version") {
            asked.version = true;
        } else if (option.starts_with('-') && option != "-") {
            throw Misuse("there is no option " + option);
        } else if (file_given || option.empty()) {
            throw Misuse(option.empty() ? "the file's name is empty" : "there is one file too many: " + option);
        } else {
            asked.file = option;
            file_given = true;
        }
    }
    return asked;
}

std::string content_of(const std::string& file) {
    errno = 0;
    gzFile input = file == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(file.c_str(), "rb");  // or not gzipped
    if (input == nullptr) throw std::runtime_error("cannot open " + file + ": " + std::strerror(errno));
    std::string content;
    std::array<char, 65536> buffer{};
    int bytes = 0;
    while ((bytes = gzread(input, buffer.data(), buffer.size())) > 0)
        content.append(buffer.data(), static_cast<std::size_t>(bytes));
    int error = Z_OK;
    std::string why = gzerror(input, &error);
    if (const auto behind = why.rfind(": "); behind != std::string::npos) why.erase(0, behind + 2);  // the file's name
    const auto reason = error == Z_ERRNO ? std::strerror(errno) : why;
    gzclose_r(input);
    if (error != Z_OK && error != Z_STREAM_END) throw std::runtime_error("cannot read " + file + ": " + reason);
    if (content.empty())
        throw std::runtime_error((file == "-" ? "standard input" : file) + " is empty: there is no proof");
    return content;
}

int complain(const std::string& sentence, int status) {
    std::fprintf(stderr, "sillok-check-proof: %s\n", sentence.c_str());
    return status;
}

// A proof without a root from elsewhere is no reason to believe anything, unless somebody asks for just that.
int check(const Asked& asked) {
    const auto shown = proof_check::check(content_of(asked.file), asked.known);
    if (!shown) return complain(shown.error(), 1);
    const bool is_rooted = asked.known.root || asked.known.from;
    std::printf("%s\n", shown->c_str());
    if (is_rooted || asked.unrooted) return 0;
    return complain("no root was given: compare with --root HEX, or say --unrooted", 2);
}

int run(int argc, char** argv) {
    try {
        const auto asked = parse(argc, argv);
        if (!asked.help && !asked.version) return check(asked);
        std::fputs(asked.help ? usage : "sillok-check-proof " SILLOK_VERSION "\n", stdout);
        return 0;
    } catch (const Misuse& error) {
        return complain(std::string{error.what()} + "; see sillok-check-proof --help", 2);
    } catch (const std::exception& error) {
        return complain(error.what(), 1);
    }
}

// What is printed must not go into a file that gets the number of a closed descriptor.
void open_closed_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
            if (open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR) != descriptor) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
    open_closed_descriptors();
    const int status = run(argc, argv);
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    const auto* reason = errno == 0 ? "write error" : std::strerror(errno);
    return complain(std::string{"standard output cannot be written: "} + reason, status == 0 ? 1 : status);
}
