// Handlers under /v1/customers: signing up, and what a customer is told.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/customer.hpp"
#include "api/answer.hpp"
#include "api/freshness.hpp"
#include "api/passwords.hpp"
#include "api/request.hpp"
#include "projections/notifications.hpp"
#include "projections/view.hpp"

namespace sillok::api {

class Customers {
   public:
    Customers(CommandProcessor<customer::Customer>& customers, PasswordHashing& passwords,
              View<Notifications>& messages, Freshness& freshness, const Clock& clock)
        : customers_(customers), passwords_(passwords), messages_(messages), freshness_(freshness), clock_(clock) {}

    Answering sign_up(const Request& request);
    Answering notifications(const Request& request);

   private:
    CommandProcessor<customer::Customer>& customers_;
    PasswordHashing& passwords_;
    View<Notifications>& messages_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
