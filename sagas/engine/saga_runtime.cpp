#include "sagas/engine/saga_runtime.hpp"

#include "eventstore/base/thread_name.hpp"
#include "eventstore/subscription.hpp"
#include "sagas/engine/call_transport.hpp"
#include "sagas/engine/checkpoint_keeper.hpp"
#include "sagas/engine/saga_mailbox.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_events_max = 512;  // between two batches responses and timers get their turn
constexpr auto tick = 20ms;                    // how often the wall clock is read while a timer is set
constexpr auto poll_interval = 10ms;           // how often a paused or full runtime checks whether it may go on

}  // namespace

class SagaRuntime::Loop {
   public:
    Loop(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock, const SagaOptions& options)
        : store_(store),
          drain_timeout_(options.drain_timeout),
          checkpoints_(store, options.directory, options.checkpoint_interval),
          transport_(context_, store, payments),
          engine_(store, targets, clock, options.engine, checkpoints_.load(),
                  [this](ProviderCall call) { spawn_call(std::move(call)); }),
          mailbox_(store, engine_,
                   {.is_running = [this] { return running && !stopping_; },
                    .halt = [this](const std::string& why) { halt(why); },
                    .arm_timer = [this] { arm(); }}) {}
    ~Loop() { stop(); }

    void start();
    void stop();

    auto executor() { return context_.get_executor(); }
    SagaEngine& engine() { return engine_; }
    saga::SagaMailbox& mailbox() { return mailbox_; }  // in the loop's own thread

    std::atomic<bool> paused = false;
    std::atomic<bool> running = false;
    Watermark<Position> position;
    std::atomic<std::uint64_t> live = 0;
    std::atomic<std::uint64_t> outstanding = 0;
    std::atomic<std::uint64_t> parked = 0;

   private:
    // Following the log.
    asio::awaitable<void> follow();
    asio::awaitable<void> catch_up(Subscription& subscription);
    asio::awaitable<void> resume_pending();
    asio::awaitable<void> until_accepting();
    asio::awaitable<void> until_resumed();
    void publish();

    // Calls to the payment provider.
    void spawn_call(ProviderCall call);
    asio::awaitable<void> make_call(ProviderCall call);

    // Time.
    void arm();
    void on_tick();

    // Stopping. An exception of the engine means that the log accepts or returns nothing any more.
    template <class Work>
    void halt_if_broken(Work&& work);
    void halt(const std::string& why);
    asio::awaitable<void> wind_up();

    // Constant after construction.
    EventStore& store_;
    const std::chrono::milliseconds drain_timeout_;

    std::atomic<bool> stopping_ = false;

    // Of the loop's own thread; of start() and stop() while that does not run.
    saga::CheckpointKeeper checkpoints_;
    saga::CallTransport transport_;
    SagaEngine engine_;
    saga::SagaMailbox mailbox_;
    asio::cancellation_signal follow_end_;
    bool following_ = false;
    bool armed_ = false;

    asio::io_context context_{1};  // destroyed before everything that its coroutines use
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer ticker_{context_};
    std::thread thread_;
};

// ---- starting and stopping

void SagaRuntime::Loop::start() {
    publish();
    running = true;
    following_ = true;
    auto following = follow();
    asio::co_spawn(context_, std::move(following),
                   asio::bind_cancellation_slot(follow_end_.slot(), [this](std::exception_ptr failed) {
                       following_ = false;
                       if (!failed || stopping_) return;
                       halt_if_broken([&] { std::rethrow_exception(failed); });
                   }));
    thread_ = std::thread{[this] {
        name_this_thread("sagas");
        context_.run();
    }};
}

void SagaRuntime::Loop::stop() {
    if (!thread_.joinable() || stopping_.exchange(true)) return;
    asio::post(context_, [this] {
        engine_.close();
        follow_end_.emit(asio::cancellation_type::terminal);
        auto winding_up = wind_up();
        asio::co_spawn(context_, std::move(winding_up), [this](std::exception_ptr) {
            ticker_.cancel();
            work_.reset();
        });
    });
    thread_.join();
    running = false;
    position.close();
}

asio::awaitable<void> SagaRuntime::Loop::wind_up() {
    asio::steady_timer timer{context_};
    const auto until = std::chrono::steady_clock::now() + drain_timeout_;
    while ((following_ || !transport_.is_idle()) && std::chrono::steady_clock::now() < until) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    transport_.abandon();
    while (following_ || !transport_.is_idle()) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    checkpoints_.save(engine_.known());
}

template <class Work>
void SagaRuntime::Loop::halt_if_broken(Work&& work) {
    try {
        work();
    } catch (const std::exception& error) {
        halt(error.what());
    }
}

void SagaRuntime::Loop::halt(const std::string& why) {
    if (!running.exchange(false)) return;
    spdlog::error("sagas have halted: {}", why);
    follow_end_.emit(asio::cancellation_type::terminal);
}

// ---- following the log

asio::awaitable<void> SagaRuntime::Loop::follow() {
    Subscription subscription{store_, engine_.known().position, batch_events_max};
    co_await catch_up(subscription);
    co_await resume_pending();
    while (!stopping_ && running) {
        EventBatch batch = co_await subscription.next();
        if (batch.empty()) break;
        co_await until_accepting();
        if (stopping_ || !running) break;
        engine_.on_events(batch);
        arm();
        publish();
        co_await asio::post(context_, asio::use_awaitable);  // responses and timers come in between two batches
    }
    if (!stopping_) halt("the log has stopped");
}

asio::awaitable<void> SagaRuntime::Loop::catch_up(Subscription& subscription) {
    while (!stopping_ && engine_.is_behind()) {
        const auto batch = subscription.poll();
        if (batch.empty()) break;
        engine_.apply(batch);
        publish();
        co_await asio::post(context_, asio::use_awaitable);
    }
}

asio::awaitable<void> SagaRuntime::Loop::resume_pending() {
    const auto items = engine_.pending();
    for (const auto& item : items) {
        co_await until_accepting();
        if (stopping_ || !running) co_return;
        engine_.resume(item);
    }
    arm();
}

asio::awaitable<void> SagaRuntime::Loop::until_resumed() {
    if (!paused) co_return;
    asio::steady_timer timer{context_};
    while (paused && !stopping_ && running) {
        timer.expires_after(poll_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> SagaRuntime::Loop::until_accepting() {
    co_await until_resumed();
    if (engine_.accepts_events()) co_return;
    asio::steady_timer timer{context_};
    while (!engine_.accepts_events() && !stopping_ && running) {
        arm();
        timer.expires_after(poll_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

void SagaRuntime::Loop::publish() {
    const auto& known = engine_.known();
    live = known.live;
    outstanding =
        known.open.size() + known.unanswered.size() -
        std::ranges::count_if(known.parked, [&](const auto& stream) { return known.unanswered.contains(stream); });
    parked = known.parked.size();
    position.advance(known.position);
}

// ---- the payment provider

void SagaRuntime::Loop::spawn_call(ProviderCall call) {
    auto making = make_call(std::move(call));
    transport_.spawn(std::move(making), [this] {
        if (!stopping_ && !paused && running) halt_if_broken([this] { engine_.on_timers_due(); });
        arm();
    });
}

asio::awaitable<void> SagaRuntime::Loop::make_call(ProviderCall call) {
    auto sending = transport_.send(call);
    const auto response = co_await std::move(sending);
    if (transport_.is_abandoned()) co_return;
    if (!response) {
        halt(std::string{name(response.error())});
        co_return;
    }
    engine_.report(call, response->answer, response->took);
    co_await until_resumed();
    if (transport_.is_abandoned() || !running) co_return;
    halt_if_broken([&] { engine_.on_provider_response(call, response->answer); });
}

// ---- time

// Sets the ticker while a timer is set or the checkpoint is behind.
void SagaRuntime::Loop::arm() {
    if (armed_ || stopping_ || (!engine_.next_timer() && !checkpoints_.is_behind(engine_.known()))) return;
    armed_ = true;
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& cancelled) {
        armed_ = false;
        if (!cancelled && !stopping_ && running) on_tick();
    });
}

void SagaRuntime::Loop::on_tick() {
    if (!paused) halt_if_broken([this] { engine_.on_timers_due(); });
    checkpoints_.save_if_due(engine_.known());
    arm();
}

// ---- the runtime

SagaRuntime::SagaRuntime(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock,
                         const SagaOptions& options)
    : loop_(std::make_unique<Loop>(store, targets, payments, clock, options)) {}
SagaRuntime::~SagaRuntime() = default;

void SagaRuntime::start() { loop_->start(); }
void SagaRuntime::stop() { loop_->stop(); }
void SagaRuntime::pause() { loop_->paused = true; }
void SagaRuntime::resume() { loop_->paused = false; }
bool SagaRuntime::paused() const { return loop_->paused; }
bool SagaRuntime::running() const { return loop_->running; }
asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaRuntime::intervene(
    SagaIntervention intervention) {
    auto work = loop_->mailbox().intervene(std::move(intervention));
    co_return co_await asio::co_spawn(loop_->executor(), std::move(work), asio::use_awaitable);
}
asio::awaitable<std::expected<SagaNoticed, NoticeError>> SagaRuntime::notice(SagaNotice notice, NoticeReceipt receipt) {
    auto work = loop_->mailbox().notice(std::move(notice), std::move(receipt));
    co_return co_await asio::co_spawn(loop_->executor(), std::move(work), asio::use_awaitable);
}
Watermark<Position>& SagaRuntime::position() { return loop_->position; }
SagaCounts SagaRuntime::counts() const { return {loop_->live, loop_->outstanding, loop_->parked}; }
BreakerSnapshot SagaRuntime::payments_breaker() const { return loop_->engine().breaker(); }
void SagaRuntime::set_payments_breaker(BreakerMode mode) { loop_->engine().set_breaker(mode); }

}  // namespace sillok
