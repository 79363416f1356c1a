// The aggregates that sagas give commands to.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"

namespace sillok {

struct SagaTargets {
    CommandProcessor<order::Order>& orders;
    CommandProcessor<stock::Stock>& stock;
    CommandProcessor<payment::Payment>& payments;
    CommandProcessor<delivery::Delivery>& deliveries;
};

}  // namespace sillok
