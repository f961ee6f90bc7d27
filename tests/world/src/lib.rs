//! A world for the jobs without a network: SQLite in memory with the real migrations, a virtual
//! clock, a queue, a cron and a provider that writes down what it is given.
//!
//! Time stands still while anything can run and then jumps to the next thing that is due, so a
//! month takes as long as what happens in it.

#![expect(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "what cannot be here means that a test is wrong"
)]

pub mod counted;
mod database;
mod faults;
mod node;
pub mod provider;
mod scene;
pub mod sim;
mod time;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tidegate::Instant;
use tidegate_worker::content::Texts;
use tidegate_worker::jobs::{hand_over, sweep, tick};
use tidegate_worker::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};
use tidegate_worker::sql;

use database::Schema;
pub use database::{Rewrite, TestDatabase, Witness};
pub use faults::{Fault, Faults, Rng};
pub use node::Node;
pub use time::Time;

use provider::ModelProvider;

const MINUTE_MS: i64 = 60_000;
/// What the addresses that the world gives out are signed with.
pub const SIGNING_KEY: &str = "the key of the world";
/// How many turns the jobs may take at one instant.
const TURNS: u32 = 1_000_000;
/// The most slices that come, and come again, together. wrangler.toml has one, and a deployment may
/// have more.
const BATCH: usize = 2;
/// A slice whose consumer met an error comes back after this time, as the entry point has it.
const RETRY_MS: i64 = 70_000;

/// A message as it reached the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// When it began, ms.
    pub at: i64,
    pub id: String,
    pub to: String,
    pub text: String,
    /// False when the provider said that it did not take it.
    pub taken: bool,
}

/// How much the sweep may have to look after.
const UNDER_WAY: &str = "SELECT (SELECT count(*) FROM handovers WHERE done = 0)
  + (SELECT count(*) FROM lookups)
  + (SELECT count(*) FROM resends WHERE done_ms IS NULL)
  + (SELECT count(*) FROM erasures WHERE done_ms IS NULL) AS n";

type Script = Box<dyn FnMut(&Post) -> Outcome>;
type Lookup = Box<dyn FnMut(&str) -> Found>;
type Task = Pin<Box<dyn Future<Output = ()>>>;
type Event = Box<dyn FnOnce(&Rc<TestWorld>)>;

/// Everything outside the jobs.
pub struct TestWorld {
    time: Rc<Time>,
    database: TestDatabase,
    queue: RefCell<Vec<(i64, SliceKey)>>,
    later: RefCell<BTreeMap<(i64, u64), Event>>,
    events: Cell<u64>,
    /// What goes wrong.
    pub faults: Rc<Faults>,
    /// What the provider was given, in order.
    pub posts: RefCell<Vec<Post>>,
    /// How it answers.
    pub answer: RefCell<Script>,
    /// How long it takes to answer, besides what the network takes, ms.
    pub answers_after_ms: Cell<i64>,
    /// When each message that it was given expires, ms.
    pub expiries: RefCell<Vec<Option<i64>>>,
    /// What each POST said, as a provider reads it.
    pub bodies: RefCell<Vec<String>>,
    /// The header lines that came with each POST.
    pub headers: RefCell<Vec<BTreeMap<&'static str, String>>>,
    /// The ids of the messages that it was asked about, with the instant of each question, ms.
    pub questions: RefCell<Vec<(i64, String)>>,
    /// What it says of them.
    pub look_up: RefCell<Lookup>,
    /// Who answers instead, where there is one.
    pub provider: RefCell<Option<Rc<ModelProvider>>>,
    /// Whether somebody said at which address the deployment is reached.
    pub is_reached: Cell<bool>,
    /// The texts that the provider was given, by the id of the message, each time.
    pub texts_given: RefCell<Vec<(String, String, Option<String>)>>,
    /// The bytes of attachments, by name.
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    texts: Texts,
    tokens: Cell<u64>,
    tasks: RefCell<Vec<Task>>,
    next_minute: Cell<i64>,
}

impl TestWorld {
    /// A world that begins at `now`, with nothing in it.
    pub fn at(now: &str) -> Rc<Self> {
        Self::at_ms(ms(now))
    }

    /// As [`Self::at`].
    pub fn at_ms(now: i64) -> Rc<Self> {
        let faults = Rc::new(Faults::none());
        let time = Rc::new(Time::at(now));
        Rc::new(Self {
            database: TestDatabase::new(Schema::empty(), Rc::clone(&faults), Rc::clone(&time)),
            time,
            queue: RefCell::default(),
            later: RefCell::default(),
            events: Cell::new(0),
            faults,
            posts: RefCell::default(),
            answer: RefCell::new(Box::new(|_| Outcome::Taken { reference: None })),
            answers_after_ms: Cell::new(0),
            expiries: RefCell::default(),
            bodies: RefCell::default(),
            headers: RefCell::default(),
            questions: RefCell::default(),
            look_up: RefCell::new(Box::new(|_| Found::Unclear { detail: String::new() })),
            provider: RefCell::default(),
            is_reached: Cell::new(true),
            texts_given: RefCell::default(),
            files: RefCell::default(),
            texts: Texts::default(),
            tokens: Cell::new(0),
            tasks: RefCell::default(),
            next_minute: Cell::new((now / MINUTE_MS + 1) * MINUTE_MS),
        })
    }

    /// The true time.
    pub fn time(&self) -> &Rc<Time> {
        &self.time
    }

    /// Lets everything run until `until`: the cron on each minute, the queue, and whatever waits.
    pub fn run_until(self: &Rc<Self>, until: &str) {
        self.run_until_ms(ms(until));
    }

    /// As [`Self::run_until`].
    pub fn run_until_ms(self: &Rc<Self>, until: i64) {
        loop {
            self.start_what_is_due();
            self.poll_all();
            let next = self.next_event();
            if next > until {
                break;
            }
            self.time.set(next.max(self.time.now()));
        }
        self.time.set(until);
    }

    /// Has something happen outside, whatever dies inside.
    pub fn later(&self, at: i64, event: impl FnOnce(&Rc<Self>) + 'static) {
        self.events.set(self.events.get() + 1);
        self.later.borrow_mut().insert((at, self.events.get()), Box::new(event));
    }

    /// Runs a job beside the others.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(task));
    }

    /// Kills every job where it stands, and the queue's memory with it. What is committed stays.
    pub fn crash(&self) {
        self.tasks.borrow_mut().clear();
        self.time.forget_timers();
        self.queue.borrow_mut().clear();
    }

    /// Lets go of everything that holds the world, so that it can end.
    pub(crate) fn forget(&self) {
        self.later.borrow_mut().clear();
        self.provider.take();
        self.database.witness.take();
    }

    /// Skips the cron until `until`, as if its firings were missed.
    pub fn miss_cron_until(&self, until: &str) {
        self.next_minute.set(ms(until));
    }

    /// Skips the minutes, up to `until`, in which the cron would find nothing to do.
    pub(crate) fn skip_idle_minutes(&self, until: i64) {
        let is_idle = self.tasks.borrow().is_empty()
            && self.queue.borrow().is_empty()
            && self.later.borrow().is_empty()
            && self.number(UNDER_WAY) == 0;
        if is_idle {
            let due = self.sql(sql!("SELECT min(due_ms) AS due FROM senders"))[0]["due"].as_i64();
            let due = due.unwrap_or(until).min(until);
            // A tick plans to the end of the next minute.
            let minute = (due / MINUTE_MS - 2) * MINUTE_MS;
            self.next_minute.set(self.next_minute.get().max(minute));
        }
    }

    fn start_what_is_due(self: &Rc<Self>) {
        let now = self.time.now();
        while self.next_minute.get() <= now {
            let minute = self.next_minute.get();
            self.next_minute.set(minute + MINUTE_MS);
            for late_ms in self.faults.firings() {
                self.later(now + late_ms, move |world| world.fire(Instant::from_millis(minute)));
            }
        }
        loop {
            let mut later = self.later.borrow_mut();
            let Some(event) = later.first_entry().filter(|event| event.key().0 <= now) else {
                break;
            };
            let event = event.remove();
            drop(later);
            event(self);
        }
        let (due, rest) = self.queue.take().into_iter().partition(|(at, _)| *at <= now);
        self.queue.replace(rest);
        let due: Vec<(i64, SliceKey)> = due;
        for batch in due.chunks(BATCH) {
            self.deliver(batch);
        }
    }

    /// Gives a batch to consumers. One that meets an error sees its message again later.
    fn deliver(self: &Rc<Self>, batch: &[(i64, SliceKey)]) {
        if self.faults.happens(Fault::QueueAgain) {
            let again = self.time.now() + self.faults.soon();
            self.queue.borrow_mut().extend(batch.iter().map(|(_, key)| (again, *key)));
        }
        for &(_, key) in batch {
            let node = Node::of(self);
            // What failed under faults may come to an end only after they have stopped.
            let excused = self.faults.excuse_failures();
            self.spawn(async move {
                let ended = hand_over::run(&node, key).await;
                assert!(ended.is_ok() || excused, "{ended:?}");
                if ended.is_err() {
                    let again = node.world.time.now() + RETRY_MS;
                    node.world.queue.borrow_mut().push((again, key));
                }
            });
        }
    }

    fn fire(self: &Rc<Self>, minute: Instant) {
        let node = Node::of(self);
        let excused = self.faults.excuse_failures();
        self.spawn(async move {
            let ticked = tick::run(&node, minute).await;
            let fine = ticked.as_ref().is_ok_and(|ticked| ticked.errors.is_empty());
            assert!(fine || excused, "{ticked:?}");
            let swept = sweep::run(&node).await;
            assert!(swept.is_ok() || excused, "{swept:?}");
        });
    }

    /// Lets every task go on until all of them wait for time to pass.
    fn poll_all(&self) {
        let mut context = Context::from_waker(Waker::noop());
        for turn in 0.. {
            assert!(turn < TURNS, "the jobs do not come to rest");
            self.time.forget_timers();
            self.faults.yielded.set(false);
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| {
                task.as_mut().poll(&mut context).is_pending()
                    && !self.faults.happens(Fault::KillOne)
            });
            tasks.append(&mut self.tasks.borrow_mut());
            self.tasks.replace(tasks);
            if !self.tasks.borrow().is_empty() && self.faults.happens(Fault::KillAll) {
                self.crash();
            }
            if !self.faults.yielded.get() {
                return;
            }
        }
    }

    fn next_event(&self) -> i64 {
        let timer = self.time.first_timer();
        let queued = self.queue.borrow().iter().map(|(at, _)| *at).min();
        let later = self.later.borrow().first_key_value().map(|((at, _), _)| *at);
        let minute = Some(self.next_minute.get());
        [timer, queued, later, minute].into_iter().flatten().min().unwrap()
    }

    fn token(&self) -> String {
        self.tokens.set(self.tokens.get() + 1);
        format!("token{}", self.tokens.get())
    }

    async fn put_on_queue(&self, slices: &[(SliceKey, i64)]) -> Result<(), String> {
        self.faults.pause().await;
        let fails = self.faults.happens(Fault::QueueError);
        if fails && self.faults.rng().once_in(2) {
            return Err("the queue did not take them".into());
        }
        let now = self.time.now();
        for (key, delay_s) in slices {
            for late_ms in self.faults.deliveries() {
                self.queue.borrow_mut().push((now + delay_s * 1000 + late_ms, *key));
            }
        }
        self.faults.pause().await;
        if fails { Err("the queue did not say that it took them".into()) } else { Ok(()) }
    }

    /// A POST by an invocation whose clock is `skew_ms` off.
    async fn post(&self, config: &ProviderConfig, message: &Outgoing, skew_ms: i64) -> Outcome {
        let provider = self.provider.borrow().clone();
        if let Some(provider) = provider {
            return provider.post(config, message, skew_ms).await;
        }
        let mut post = Post {
            at: self.time.now(),
            id: message.id.clone(),
            to: message.to.clone(),
            text: message.text.clone(),
            taken: true,
        };
        let (there_ms, back_ms) = self.faults.latency();
        self.time.sleep(self.time.now() + there_ms).await;
        let outcome = (self.answer.borrow_mut())(&post);
        post.taken = !matches!(outcome, Outcome::Later { .. });
        self.posts.borrow_mut().push(post);
        self.expiries.borrow_mut().push(message.expires_at);
        self.bodies.borrow_mut().push(serde_json::to_string(message).unwrap());
        self.headers.borrow_mut().push(message.headers.clone());
        let text = (message.id.clone(), message.text.clone(), message.open_url.clone());
        self.texts_given.borrow_mut().push(text);
        let back_ms = back_ms + self.answers_after_ms.get();
        self.time.sleep(self.time.now() + back_ms).await;
        outcome
    }

    /// A question by an invocation.
    async fn ask(&self, config: &ProviderConfig, id: &str) -> Found {
        let provider = self.provider.borrow().clone();
        if let Some(provider) = provider {
            return provider.look_up(config, id).await;
        }
        self.questions.borrow_mut().push((self.time.now(), id.to_owned()));
        (self.look_up.borrow_mut())(id)
    }
}

/// The address of a recipient.
pub fn address(campaign: i64, ordinal: i64) -> String {
    format!("+3361{campaign:02}{ordinal:06}")
}

/// An RFC 3339 text as ms.
pub fn ms(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

/// An instant.
pub fn instant(text: &str) -> Instant {
    Instant::from_millis(ms(text))
}

/// The output of a future that never waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
