// An option of the command line whose value is one of a few words.
#pragma once

#include "tools/nearest_word.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace sillok {

template <class Enum>
struct Choice {
    std::string word;
    Enum value;
};

// The value that `variable` has now is the default. Synonyms are accepted, and shown nowhere.
template <class Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& variable, const std::string& description,
                        const std::vector<Choice<Enum>>& choices, const std::vector<Choice<Enum>>& synonyms = {}) {
    std::string words;
    std::string commas;
    std::string default_word;
    std::vector<std::string> shown;
    for (const auto& choice : choices) {
        words += (words.empty() ? "" : "|") + choice.word;
        shown.push_back(choice.word);
        commas += (commas.empty() ? "" : ", ") + choice.word;
        if (choice.value == variable) default_word = choice.word;
    }
    auto all = choices;
    all.insert(all.end(), synonyms.begin(), synonyms.end());
    const auto rule = "must be one of " + commas;
    // The option's value stays a word, for who prints it: the one that is shown, in its own letters.
    const auto to_word = [all, choices, shown, rule](std::string& text) {
        const auto is_meant = [&](const auto& one) { return letters_apart(text, one.word) == 0; };  // in any case
        const auto found = std::ranges::find_if(all, is_meant);
        if (found == all.end()) return rule + did_you_mean(text, shown);
        text = std::ranges::find(choices, found->value, &Choice<Enum>::value)->word;
        return std::string{};
    };
    const auto store = [choices, &variable](const std::string& word) {
        variable = std::ranges::find(choices, word, &Choice<Enum>::word)->value;
    };
    return app.add_option_function<std::string>(name, store, description)
        ->transform(CLI::Validator{to_word, "", ""})
        ->type_name(words)
        ->default_str(default_word);
}

}  // namespace sillok
