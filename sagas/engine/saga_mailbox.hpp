// Takes operators' actions and the provider's notices into the sagas' thread, and answers when they are durable.
//
// Threads: every member runs in the sagas' thread.
// Errors:  errc::closed if the sagas do not run. If the engine throws, the sagas halt.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/saga_engine.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <functional>
#include <string>

namespace sillok::saga {

// The sagas' thread, as its mailbox sees it.
struct MailboxOwner {
    std::function<bool()> is_running;
    std::function<void(const std::string& why)> halt;
    std::function<void()> arm_timer;
};

class SagaMailbox {
   public:
    // REQUIRES: the store and the engine outlive the mailbox.
    SagaMailbox(EventStore& store, SagaEngine& engine, MailboxOwner owner)
        : store_(store), engine_(engine), owner_(std::move(owner)) {}

    asio::awaitable<std::expected<SagaIntervened, InterventionError>> intervene(SagaIntervention intervention);
    asio::awaitable<std::expected<SagaNoticed, NoticeError>> notice(SagaNotice notice, NoticeReceipt receipt);

   private:
    // Returns what `apply` returned, once that is durable.
    template <class Result, class Apply>
    asio::awaitable<Result> durably(Apply apply);
    void follow_up(const std::string& stream);

    EventStore& store_;
    SagaEngine& engine_;
    const MailboxOwner owner_;
};

}  // namespace sillok::saga
