#include "sagas/engine/saga_runtime.hpp"

#include "eventstore/base/thread_name.hpp"
#include "eventstore/subscription.hpp"
#include "sagas/engine/errands.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/saga_checkpoint.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_events_max = 512;  // between two batches, answers of the payment provider get their turn
constexpr auto tick = 20ms;                    // how often the wall clock is looked at while something is due
constexpr auto glance = 10ms;                  // how often a paused or full runtime looks whether it may go on

}  // namespace

class SagaRuntime::Loop {
   public:
    Loop(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock, SagaOptions options)
        : store_(store),
          payments_(payments),
          options_(std::move(options)),
          checkpoint_(options_.directory),
          driver_(store, targets, clock, options_.driver, load_checkpoint(),
                  [this](ProviderCall call) { spawn_call(std::move(call)); }),
          saved_(driver_.known().position) {}
    ~Loop() { stop(); }

    void start();
    void stop();
    BreakerSnapshot breaker() const { return driver_.breaker(); }
    void set_breaker(BreakerMode mode) { driver_.set_breaker(mode); }

    // REQUIRES: the loop's own thread.
    asio::awaitable<std::expected<SagaIntervened, InterventionError>> intervene(SagaIntervention intervention);
    asio::awaitable<std::expected<SagaNoticed, NoticeError>> notice(SagaNotice notice, NoticeReceipt receipt);
    auto executor() { return context_.get_executor(); }

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
    asio::awaitable<void> take_up_what_is_owed();
    asio::awaitable<void> until_there_is_room();
    asio::awaitable<void> until_resumed();
    void show();

    // Calls to the payment provider.
    void spawn_call(ProviderCall call);
    asio::awaitable<void> make_call(ProviderCall call);

    // Time.
    void arm();
    void on_tick();

    // The checkpoint.
    saga::PendingWork load_checkpoint() const;
    void save_checkpoint();

    // What the driver throws is a log that takes or gives nothing any more.
    template <class Work>
    void unless_broken(Work&& work);
    void halt(const std::string& why);
    asio::awaitable<void> wind_up();

    // Constant after construction.
    EventStore& store_;
    Payments& payments_;
    const SagaOptions options_;

    std::atomic<bool> stopping_ = false;

    // Of the runtime's own thread (of start() and stop() while that does not run).
    saga::Checkpoint checkpoint_;
    SagaDriver driver_;
    Position saved_;  // up to where the checkpoint on disk goes
    std::chrono::steady_clock::time_point last_save_{};
    std::list<asio::cancellation_signal> calls_;  // in flight
    asio::cancellation_signal follow_end_;
    bool following_ = false;
    bool abandoning_ = false;  // answers of calls are not taken any more
    bool armed_ = false;

    asio::io_context context_{1};  // after everything that its coroutines use
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer ticker_{context_};
    std::thread thread_;
};

// ---- starting and stopping

void SagaRuntime::Loop::start() {
    show();
    running = true;
    following_ = true;
    auto following = follow();
    asio::co_spawn(context_, std::move(following),
                   asio::bind_cancellation_slot(follow_end_.slot(), [this](std::exception_ptr failed) {
                       following_ = false;
                       if (!failed || stopping_) return;
                       unless_broken([&] { std::rethrow_exception(failed); });
                   }));
    thread_ = std::thread{[this] {
        name_this_thread("sagas");
        context_.run();
    }};
}

void SagaRuntime::Loop::stop() {
    if (!thread_.joinable() || stopping_.exchange(true)) return;
    asio::post(context_, [this] {
        driver_.close();
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
    const auto until = std::chrono::steady_clock::now() + options_.drain_timeout;
    while ((following_ || !calls_.empty()) && std::chrono::steady_clock::now() < until) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    // Who has not answered by now will be asked again after the next start, under the same command id.
    abandoning_ = true;
    payments_.close();
    for (auto& call : calls_) call.emit(asio::cancellation_type::terminal);
    while (following_ || !calls_.empty()) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    save_checkpoint();
}

template <class Work>
void SagaRuntime::Loop::unless_broken(Work&& work) {
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
    Subscription subscription{store_, driver_.known().position, batch_events_max};
    co_await catch_up(subscription);
    co_await take_up_what_is_owed();
    while (!stopping_ && running) {
        EventBatch batch = co_await subscription.next();
        if (batch.empty()) break;
        co_await until_there_is_room();
        if (stopping_ || !running) break;
        driver_.take(batch);
        arm();
        show();
        // Answers of the payment provider and due attempts come in between two batches.
        co_await asio::post(context_, asio::use_awaitable);
    }
    if (!stopping_) halt("the log has been closed");
}

asio::awaitable<void> SagaRuntime::Loop::catch_up(Subscription& subscription) {
    while (!stopping_ && driver_.is_behind()) {
        const auto batch = subscription.poll();
        if (batch.empty()) break;
        driver_.take_in(batch);
        show();
        co_await asio::post(context_, asio::use_awaitable);
    }
}

asio::awaitable<void> SagaRuntime::Loop::take_up_what_is_owed() {
    const auto all = driver_.owed();
    for (const auto& owed : all) {
        co_await until_there_is_room();
        if (stopping_ || !running) co_return;
        driver_.take_up(owed);
    }
    arm();
}

asio::awaitable<void> SagaRuntime::Loop::until_resumed() {
    if (!paused) co_return;
    asio::steady_timer timer{context_};
    while (paused && !stopping_ && running) {
        timer.expires_after(glance);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> SagaRuntime::Loop::until_there_is_room() {
    co_await until_resumed();
    if (driver_.has_room()) co_return;
    asio::steady_timer timer{context_};
    while (!driver_.has_room() && !stopping_ && running) {
        arm();
        timer.expires_after(glance);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

void SagaRuntime::Loop::show() {
    const auto& known = driver_.known();
    live = known.live;
    outstanding = known.open.size() + known.unanswered.size();
    parked = known.parked.size();
    position.advance(known.position);
}

// ---- operators

asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaRuntime::Loop::intervene(
    SagaIntervention intervention) {
    if (!running || stopping_) co_return std::unexpected(InterventionError{errc::closed});
    std::expected<SagaIntervened, InterventionError> done = std::unexpected(errc::log_unavailable);
    unless_broken([&] { done = driver_.intervene(intervention); });
    if (!done) co_return done;
    const auto durable = co_await store_.durable(done->position);
    if (!durable) co_return std::unexpected(InterventionError{durable.error()});
    // What follows is carried out like everything that is due.
    if (done->event.verb != saga::OperatorAction::annotate) {
        driver_.follow_up(intervention.stream);
        arm();
    }
    co_return done;
}

// ---- the payment provider

asio::awaitable<std::expected<SagaNoticed, NoticeError>> SagaRuntime::Loop::notice(SagaNotice notice,
                                                                                   NoticeReceipt receipt) {
    if (!running || stopping_) co_return std::unexpected(NoticeError{errc::closed});
    std::expected<SagaNoticed, NoticeError> done = std::unexpected(errc::log_unavailable);
    unless_broken([&] { done = driver_.notice(notice, receipt); });
    if (!done) co_return done;
    const auto durable = co_await store_.durable(done->position);
    if (!durable) co_return std::unexpected(NoticeError{durable.error()});
    if (done->ignored.empty()) {
        driver_.follow_up(done->stream);
        arm();
    }
    co_return done;
}

void SagaRuntime::Loop::spawn_call(ProviderCall call) {
    const auto end = calls_.emplace(calls_.end());
    auto making = make_call(std::move(call));
    asio::co_spawn(context_, std::move(making), asio::bind_cancellation_slot(end->slot(), [this, end](auto) {
                       calls_.erase(end);
                       if (!stopping_ && !paused && running) unless_broken([this] { driver_.on_time(); });
                       arm();
                   }));
}

asio::awaitable<void> SagaRuntime::Loop::make_call(ProviderCall call) {
    const auto durable = co_await store_.durable(call.intended);
    if (abandoning_) co_return;
    if (!durable) {
        halt(std::string{name(durable.error())});
        co_return;
    }
    // How long a call took is not measured with the wall clock, which may be set meanwhile.
    const auto begun = std::chrono::steady_clock::now();
    ProviderResponse said;
    try {
        said = co_await saga::ask(payments_, call.errand);
    } catch (const std::exception& error) {
        said = provider::Unknown{error.what()};
    }
    if (abandoning_) co_return;
    driver_.report(call, said,
                   std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun));
    co_await until_resumed();
    if (!abandoning_ && running) unless_broken([&] { driver_.bring_home(call, said); });
}

// ---- time

// Something is due, or the checkpoint is behind: the clock has to be looked at.
void SagaRuntime::Loop::arm() {
    if (armed_ || stopping_ || (!driver_.wakes_at() && saved_ == driver_.known().position)) return;
    armed_ = true;
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& cancelled) {
        armed_ = false;
        if (!cancelled && !stopping_ && running) on_tick();
    });
}

void SagaRuntime::Loop::on_tick() {
    if (!paused) unless_broken([this] { driver_.on_time(); });
    const auto now = std::chrono::steady_clock::now();
    if (saved_ < driver_.known().position && now - last_save_ >= options_.checkpoint_interval) save_checkpoint();
    arm();
}

// ---- the checkpoint

saga::PendingWork SagaRuntime::Loop::load_checkpoint() const {
    auto loaded = checkpoint_.load();
    if (!loaded || loaded->position.value == 0) return {};
    const auto at = loaded->position;
    if (at <= store_.head()) {
        const auto event = store_.read_log(Position{at.value - 1}, 1);
        if (!event.empty() && event.front().chain_hash == loaded->chain_hash) return *std::move(loaded);
    }
    spdlog::warn("the saga checkpoint at {} is of another log: reading this one from its beginning", at.value);
    return {};
}

void SagaRuntime::Loop::save_checkpoint() {
    last_save_ = std::chrono::steady_clock::now();
    const auto& known = driver_.known();
    if (saved_ == known.position) return;
    if (checkpoint_.save(known))
        saved_ = known.position;
    else
        spdlog::warn("the saga checkpoint could not be written; the next start reads from {} on", saved_.value);
}

// ---- the face of it

SagaRuntime::SagaRuntime(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock,
                         SagaOptions options)
    : loop_(std::make_unique<Loop>(store, targets, payments, clock, std::move(options))) {}
SagaRuntime::~SagaRuntime() = default;

void SagaRuntime::start() { loop_->start(); }
void SagaRuntime::stop() { loop_->stop(); }
void SagaRuntime::pause() { loop_->paused = true; }
void SagaRuntime::resume() { loop_->paused = false; }
bool SagaRuntime::paused() const { return loop_->paused; }
bool SagaRuntime::running() const { return loop_->running; }
asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaRuntime::intervene(
    SagaIntervention intervention) {
    auto work = loop_->intervene(std::move(intervention));
    co_return co_await asio::co_spawn(loop_->executor(), std::move(work), asio::use_awaitable);
}
asio::awaitable<std::expected<SagaNoticed, NoticeError>> SagaRuntime::notice(SagaNotice notice, NoticeReceipt receipt) {
    auto work = loop_->notice(std::move(notice), std::move(receipt));
    co_return co_await asio::co_spawn(loop_->executor(), std::move(work), asio::use_awaitable);
}
Watermark<Position>& SagaRuntime::position() { return loop_->position; }
SagaCounts SagaRuntime::counts() const { return {loop_->live, loop_->outstanding, loop_->parked}; }
BreakerSnapshot SagaRuntime::payments_breaker() const { return loop_->breaker(); }
void SagaRuntime::set_payments_breaker(BreakerMode mode) { loop_->set_breaker(mode); }

}  // namespace sillok
