#include "api/http/request.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace sillok::api {

std::expected<Target, Problem> parse_target(std::string_view text) {
    namespace urls = boost::urls;
    const boost::core::string_view view{text.data(), text.size()};
    auto parsed = text.starts_with('/') ? urls::parse_origin_form(view) : urls::parse_absolute_uri(view);
    if (!parsed) return std::unexpected(Problem{problems::malformed_request, "the target is not a valid URL"});

    Target target;
    const auto path = parsed->encoded_path();
    target.path.assign(path.data(), path.size());
    for (const auto& segment : parsed->segments()) target.segments.emplace_back(segment.data(), segment.size());
    urls::encoding_opts plus_is_space;
    plus_is_space.space_as_plus = true;
    for (const auto& parameter : parsed->params(plus_is_space))
        target.query.emplace_back(parameter.key, parameter.value);
    return target;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

CommandContext Request::context(const Clock& clock) const {
    return {.metadata = {.time = clock.now(),
                         .command_id = command_id,
                         .correlation_id = trace,
                         .causation_id = {},
                         .actor = actor},
            .if_match = if_match};
}

}  // namespace sillok::api
