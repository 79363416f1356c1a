#include "api/http/request.hpp"

#include "api/http/guard.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace sillok::api {

namespace {

// The decoded parts between slashes. Boost.URL leaves a first "." out; here it is a segment like others.
// REQUIRES: a valid absolute path, or an empty one.
std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);  // the '/'
        const auto part = path.substr(0, path.find('/'));
        segments.push_back(boost::urls::pct_string_view{part.data(), part.size()}.decode());
        path.remove_prefix(part.size());
    }
    return segments;
}

}  // namespace

std::expected<Target, Problem> parse_target(std::string_view text) {
    namespace urls = boost::urls;
    const boost::core::string_view view{text.data(), text.size()};
    auto parsed = text.starts_with('/') ? urls::parse_origin_form(view) : urls::parse_absolute_uri(view);
    if (!parsed) return std::unexpected(Problem{problems::malformed_request, "the target is not a valid URL"});
    // This connection is not of https, so nothing that it carries is.
    const bool is_http = parsed->scheme_id() == urls::scheme::http;
    if (parsed->has_scheme() && (!is_http || parsed->encoded_host().empty() || parsed->has_userinfo()))
        return std::unexpected(
            Problem{problems::malformed_request, "the target must be of http, with a host and without a user"});
    if (parsed->has_port() && !is_port({parsed->port().data(), parsed->port().size()}))
        return std::unexpected(Problem{problems::malformed_request, "the target's port must be 0 to 65535"});

    Target target;
    const auto path = parsed->encoded_path();
    // Boost.URL 1.81 takes "http://x:G/v1" as port "" and path "G/v1".
    if (!path.empty() && path.front() != '/')
        return std::unexpected(Problem{problems::malformed_request, "the target is not a valid URL"});
    target.path.assign(path.data(), path.size());
    target.segments = segments_of(target.path);
    urls::encoding_opts plus_is_space;
    plus_is_space.space_as_plus = true;
    for (const auto& parameter : parsed->params(plus_is_space))
        if (!parameter.key.empty() || parameter.has_value) target.query.emplace_back(parameter.key, parameter.value);
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
