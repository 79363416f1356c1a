// Handlers under /v1/customers: sign-up and notifications.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/customer.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "api/passwords.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/notifications.hpp"

namespace sillok::api {

class Customers {
   public:
    Customers(CommandProcessor<customer::Customer>& customers, PasswordHashing& passwords,
              View<Notifications>& messages, Freshness& freshness, const Clock& clock)
        : customers_(customers), passwords_(passwords), messages_(messages), freshness_(freshness), clock_(clock) {}

    ResponseTask sign_up(const Request& request);
    ResponseTask notifications(const Request& request);

   private:
    CommandProcessor<customer::Customer>& customers_;
    PasswordHashing& passwords_;
    View<Notifications>& messages_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
