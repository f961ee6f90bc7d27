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

mod faults;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::{Map, Value, json};
use tidegate::Instant;
use tidegate_worker::jobs::{hand_over, sweep, tick};
use tidegate_worker::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};
use tidegate_worker::ports::{Callbacks, Clock, Entropy, Providers, Queue, Renderer, World};
use tidegate_worker::sql;
use tidegate_worker::store::sqlite::Sqlite;
use tidegate_worker::store::{Answer, Database, Statement, StoreError};

pub use faults::{Faults, Rng};

const MINUTE_MS: i64 = 60_000;

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

type Script = Box<dyn FnMut(&Post) -> Outcome>;
type Lookup = Box<dyn FnMut(&str) -> Found>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Everything outside the jobs.
pub struct TestWorld {
    clock: Cell<i64>,
    timers: RefCell<BTreeSet<i64>>,
    database: TestDatabase,
    queue: RefCell<Vec<(i64, SliceKey)>>,
    /// What goes wrong.
    pub faults: Rc<Faults>,
    /// What the provider was given, in order.
    pub posts: RefCell<Vec<Post>>,
    /// How it answers.
    pub answer: RefCell<Script>,
    /// When each message that it was given expires, ms.
    pub expiries: RefCell<Vec<Option<i64>>>,
    /// The ids of the messages that it was asked about, with the instant of each question, ms.
    pub questions: RefCell<Vec<(i64, String)>>,
    /// What it says of them.
    pub look_up: RefCell<Lookup>,
    tokens: Cell<u64>,
    tasks: RefCell<Vec<Task>>,
    next_minute: Cell<i64>,
}

impl TestWorld {
    /// A world that begins at `now`, with nothing in it.
    pub fn at(now: &str) -> Rc<Self> {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let now = ms(now);
        let faults = Rc::new(Faults::none());
        let sqlite = Sqlite::in_memory(&migrations).unwrap();
        Rc::new(Self {
            clock: Cell::new(now),
            timers: RefCell::default(),
            database: TestDatabase { sqlite, faults: Rc::clone(&faults) },
            queue: RefCell::default(),
            faults,
            posts: RefCell::default(),
            answer: RefCell::new(Box::new(|_| Outcome::Taken { reference: None })),
            expiries: RefCell::default(),
            questions: RefCell::default(),
            look_up: RefCell::new(Box::new(|_| Found::Unclear { detail: String::new() })),
            tokens: Cell::new(0),
            tasks: RefCell::default(),
            next_minute: Cell::new((now / MINUTE_MS + 1) * MINUTE_MS),
        })
    }

    /// A sender `snd` with these rules.
    pub fn sender(&self, policy: &Value, provider: &Value) {
        self.sql(sql!(
            "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
             VALUES (1, 'snd', 'team_main', 'Front desk', 'sms', ?1, ?2, 0)",
            provider,
            policy,
        ));
    }

    /// A draft `cmp_<seq>` on the sender, with `people` recipients.
    pub fn campaign(&self, seq: i64, people: i64, policy: &Value) -> String {
        let id = format!("cmp_{seq}");
        self.sql(sql!(
            "INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, policy, total,
                                    created_ms)
             VALUES (?1, ?2, 'team_main', 1, 'Term dates', '{\"text\": \"Hello\"}', ?3, ?4, 0)",
            seq,
            &id,
            policy,
            people,
        ));
        for first in (0..people).step_by(100) {
            let count = (people - first).min(100);
            let page: Value = (first..first + count)
                .map(|ordinal| json!({ "to": address(seq, ordinal) }))
                .collect();
            self.sql(sql!(
                "INSERT INTO people (campaign_seq, first, count, people) VALUES (?1, ?2, ?3, ?4)",
                seq,
                first,
                count,
                &page,
            ));
        }
        id
    }

    /// Runs one statement.
    pub fn sql(&self, statement: Statement) -> Vec<Value> {
        ready(self.database.sqlite.run(statement)).unwrap().rows
    }

    /// One number of the first row.
    pub fn number(&self, sql: &'static str) -> i64 {
        let rows = self.sql(sql!(sql));
        let row = rows.first().and_then(Value::as_object).unwrap();
        row.values().next().and_then(Value::as_i64).unwrap()
    }

    /// The status of a campaign.
    pub fn status(&self, seq: i64) -> String {
        let rows = self.sql(sql!("SELECT status FROM campaigns WHERE seq = ?1", seq));
        rows[0]["status"].as_str().unwrap().to_owned()
    }

    /// How many messages the provider was given.
    pub fn posted(&self) -> usize {
        self.posts.borrow().len()
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
            self.clock.set(next.max(self.clock.get()));
        }
        self.clock.set(until);
    }

    /// Kills every job where it stands, and the queue's memory with it. What is committed stays.
    pub fn crash(&self) {
        self.tasks.borrow_mut().clear();
        self.timers.borrow_mut().clear();
        self.queue.borrow_mut().clear();
    }

    /// Skips the cron until `until`, as if its firings were missed.
    pub fn miss_cron_until(&self, until: &str) {
        self.next_minute.set(ms(until));
    }

    fn start_what_is_due(self: &Rc<Self>) {
        let now = self.clock.get();
        while self.next_minute.get() <= now {
            let minute = self.next_minute.get();
            self.next_minute.set(minute + MINUTE_MS);
            for _ in 0..self.faults.firings() {
                self.fire(Instant::from_millis(minute));
            }
        }
        let (due, later) = self.queue.take().into_iter().partition(|(at, _)| *at <= now);
        self.queue.replace(later);
        let due: Vec<(i64, SliceKey)> = due;
        for (_, key) in due {
            let world = Rc::clone(self);
            self.tasks.borrow_mut().push(Box::pin(async move {
                // An error leaves the slice to the sweep, as it does on Workers.
                let ended = hand_over::run(&*world, key).await;
                assert!(ended.is_ok() || world.faults.excuse_failures(), "{ended:?}");
            }));
        }
    }

    fn fire(self: &Rc<Self>, minute: Instant) {
        let world = Rc::clone(self);
        self.tasks.borrow_mut().push(Box::pin(async move {
            let ticked = tick::run(&*world, minute).await;
            let fine = ticked.as_ref().is_ok_and(|ticked| ticked.errors.is_empty());
            assert!(fine || world.faults.excuse_failures(), "{ticked:?}");
            let swept = sweep::run(&*world).await;
            assert!(swept.is_ok() || world.faults.excuse_failures(), "{swept:?}");
        }));
    }

    /// Lets every task go on until all of them wait for time to pass.
    fn poll_all(&self) {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.timers.borrow_mut().clear();
            self.faults.yielded.set(false);
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| {
                task.as_mut().poll(&mut context).is_pending() && !self.faults.kills_one()
            });
            tasks.append(&mut self.tasks.borrow_mut());
            self.tasks.replace(tasks);
            if self.faults.kills_all() {
                self.crash();
            }
            if !self.faults.yielded.get() {
                return;
            }
        }
    }

    fn next_event(&self) -> i64 {
        let timer = self.timers.borrow().first().copied();
        let queued = self.queue.borrow().iter().map(|(at, _)| *at).min();
        let minute = Some(self.next_minute.get());
        [timer, queued, minute].into_iter().flatten().min().unwrap()
    }
}

/// SQLite that takes its time and, where faults are on, fails before or after its commit.
pub struct TestDatabase {
    sqlite: Sqlite,
    faults: Rc<Faults>,
}

impl Database for TestDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let failed = |when: &str| Err(StoreError::Failed(format!("lost {when} the commit")));
        self.faults.pause().await;
        if self.faults.fails() {
            return failed("before");
        }
        let answers = self.sqlite.batch(statements).await;
        self.faults.pause().await;
        if self.faults.fails() {
            return failed("after");
        }
        answers
    }
}

impl Clock for TestWorld {
    fn now(&self) -> Instant {
        Instant::from_millis(self.clock.get())
    }

    async fn sleep(&self, until: Instant) {
        let until = until.millis();
        poll_fn(|_| {
            if self.clock.get() >= until {
                return Poll::Ready(());
            }
            self.timers.borrow_mut().insert(until);
            Poll::Pending
        })
        .await;
    }
}

impl Queue for TestWorld {
    async fn put(&self, slices: &[(SliceKey, i64)]) -> Result<(), String> {
        let now = self.clock.get();
        for (key, delay_s) in slices {
            for late_ms in self.faults.deliveries() {
                self.queue.borrow_mut().push((now + delay_s * 1000 + late_ms, *key));
            }
        }
        Ok(())
    }
}

impl Providers for TestWorld {
    async fn hand_over(&self, _: &ProviderConfig, message: &Outgoing) -> Outcome {
        let mut post = Post {
            at: self.clock.get(),
            id: message.id.clone(),
            to: message.to.clone(),
            text: message.text.clone(),
            taken: true,
        };
        let (before_ms, after_ms) = self.faults.latency();
        self.sleep(self.now().plus(before_ms)).await;
        let outcome = (self.answer.borrow_mut())(&post);
        post.taken = !matches!(outcome, Outcome::Later { .. });
        self.posts.borrow_mut().push(post);
        self.expiries.borrow_mut().push(message.expires_at);
        self.sleep(self.now().plus(after_ms)).await;
        outcome
    }

    async fn look_up(&self, _: &ProviderConfig, id: &str) -> Found {
        self.questions.borrow_mut().push((self.clock.get(), id.to_owned()));
        (self.look_up.borrow_mut())(id)
    }
}

impl Entropy for TestWorld {
    fn token(&self) -> String {
        self.tokens.set(self.tokens.get() + 1);
        format!("token{}", self.tokens.get())
    }
}

impl Callbacks for TestWorld {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        format!("https://tidegate.example/{campaign_seq}/{ordinal}")
    }
}

impl Renderer for TestWorld {
    fn render(&self, text: &str, _: &Map<String, Value>) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

impl World for TestWorld {
    type Database = TestDatabase;

    fn database(&self) -> &TestDatabase {
        &self.database
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
