// `sillok-check-proof`: checks the output of `sillok proof`. It uses no database and none of Sillok's libraries, so an
// auditor has only this file and proof_check.cpp to read.
#include "tools/proof/proof_check.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view usage =
    "Usage: sillok-check-proof [--root HEX] [--from-root HEX] [FILE]\n"
    "Checks a proof that `sillok proof` printed, from FILE or from standard input.\n"
    "  --root HEX       the root that the proof must lead to; of a consistency proof, the newer one\n"
    "  --from-root HEX  of a consistency proof, the older root\n"
    "Without a root from elsewhere the proof is only shown to agree with itself.\n"
    "Exit status: 0 it holds, 1 it does not, 2 wrong usage.\n"
    "Example:\n  sillok proof inclusion --data ./data --position 7 | sillok-check-proof --root 5dc9da79...\n";

struct Asked {
    proof_check::KnownRoots known;
    std::string file = "-";
};

// Nothing for wrong usage.
std::optional<Asked> parse(int argc, char** argv) {
    Asked asked;
    bool file_given = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        if (argument == "--root" || argument == "--from-root") {
            if (++i == argc) return std::nullopt;
            const auto hash = proof_check::hash_from_hex(argv[i]);
            if (!hash) return std::nullopt;
            (argument == "--root" ? asked.known.root : asked.known.from) = hash;
        } else if ((argument.starts_with('-') && argument != "-") || file_given) {
            return std::nullopt;
        } else {
            asked.file = argument;
            file_given = true;
        }
    }
    return asked;
}

std::optional<std::string> content_of(const std::string& file) {
    if (file == "-") return std::string{std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream input{file, std::ios::binary};
    if (!input) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{input}, {}};
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc == 2 && std::string_view{argv[1]} == "--help") {
        std::cout << usage;
        return 0;
    }
    const auto asked = parse(argc, argv);
    if (!asked) {
        std::cerr << usage;
        return 2;
    }
    const auto proof = content_of(asked->file);
    if (!proof) {
        std::fprintf(stderr, "sillok-check-proof: cannot open %s\n", asked->file.c_str());
        return 1;
    }
    const auto shown = proof_check::check(*proof, asked->known);
    if (!shown) {
        std::fprintf(stderr, "sillok-check-proof: %s\n", shown.error().c_str());
        return 1;
    }
    std::printf("%s\n", shown->c_str());
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "sillok-check-proof: %s\n", error.what());
    return 1;
}
