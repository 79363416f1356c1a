// Why a request cannot be read. The session responds with it and ends the connection: where one request is not
// understood, the beginning of the next is not known either.
#pragma once

#include <boost/beast/http/status.hpp>

#include <string>

namespace sillok::api {

struct Unreadable {
    boost::beast::http::status status;  // 400, 408, 413, 414, 431 or 501
    std::string detail;                 // may be empty
};

}  // namespace sillok::api
