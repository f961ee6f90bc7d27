//! What goes wrong in a [`TestWorld`](super::TestWorld), drawn from a seed.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

/// A small seeded generator (splitmix64): the same seed, the same run.
#[derive(Debug)]
pub struct Rng(Cell<u64>);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..below`.
    pub fn below(&self, below: u64) -> u64 {
        self.next() % below.max(1)
    }

    /// As [`Self::below`], signed.
    pub fn ms(&self, below: u64) -> i64 {
        i64::try_from(self.below(below)).unwrap()
    }

    /// True once in `times` draws; never for 0.
    pub fn once_in(&self, times: u64) -> bool {
        times > 0 && self.below(times) == 0
    }
}

/// How often each fault happens: once in so many chances, 0 for never.
#[derive(Debug)]
pub struct Faults {
    rng: Rng,
    on: Cell<bool>,
    /// Whether something waited without waiting for time.
    pub yielded: Cell<bool>,
    /// Jobs may fail although nothing is made to go wrong: the test has broken something itself.
    pub jobs_may_fail: Cell<bool>,
    /// The queue loses everything.
    pub queue_loses: Cell<bool>,
    /// A batch fails before or after its commit.
    pub store: Cell<u64>,
    /// The whole process is killed, at any await.
    pub kill_all: Cell<u64>,
    /// One job is killed, at any await.
    pub kill_one: Cell<u64>,
    /// A queue message is lost, doubled or late.
    pub queue: Cell<u64>,
    /// A cron firing is missed or doubled.
    pub cron: Cell<u64>,
    /// A POST takes long, up to longer than its lease.
    pub slow: Cell<u64>,
}

impl Faults {
    /// Nothing goes wrong, and nothing takes time.
    pub fn none() -> Self {
        Self {
            rng: Rng::new(0),
            on: Cell::new(false),
            yielded: Cell::new(false),
            jobs_may_fail: Cell::new(false),
            queue_loses: Cell::new(false),
            store: Cell::new(0),
            kill_all: Cell::new(0),
            kill_one: Cell::new(0),
            queue: Cell::new(0),
            cron: Cell::new(0),
            slow: Cell::new(0),
        }
    }

    /// Lets things go wrong, each kind as often as the seed says, some of them not at all.
    pub fn start(&self, seed: u64) {
        self.rng.0.set(seed);
        self.on.set(true);
        let often = |most: u64| match self.rng.below(4) {
            0 => 0,
            1 => most,
            2 => 4 * most,
            _ => 20 * most,
        };
        self.store.set(often(15));
        self.kill_all.set(often(60));
        self.kill_one.set(often(40));
        self.queue.set(often(4));
        self.cron.set(often(3));
        self.slow.set(often(6));
    }

    /// From here on nothing goes wrong any more.
    pub fn stop(&self) {
        self.on.set(false);
        for fault in
            [&self.store, &self.kill_all, &self.kill_one, &self.queue, &self.cron, &self.slow]
        {
            fault.set(0);
        }
    }

    pub fn are_on(&self) -> bool {
        self.on.get()
    }

    /// Whether a job that fails is no surprise.
    pub fn excuse_failures(&self) -> bool {
        self.on.get() || self.jobs_may_fail.get()
    }

    pub fn fails(&self) -> bool {
        self.rng.once_in(self.store.get())
    }

    pub fn kills_all(&self) -> bool {
        self.rng.once_in(self.kill_all.get())
    }

    pub fn kills_one(&self) -> bool {
        self.rng.once_in(self.kill_one.get())
    }

    /// How often a cron fires for one minute.
    pub fn firings(&self) -> usize {
        if self.rng.once_in(self.cron.get()) { if self.rng.once_in(2) { 0 } else { 2 } } else { 1 }
    }

    /// How late each delivery of a queue message is, in ms; none when it is lost.
    pub fn deliveries(&self) -> Vec<i64> {
        if self.queue_loses.get() {
            return Vec::new();
        }
        if !self.rng.once_in(self.queue.get()) {
            return vec![0];
        }
        let copies = self.rng.below(3);
        (0..copies).map(|_| self.rng.ms(90_000)).collect()
    }

    /// How long a POST takes to arrive, and its answer to come back, in ms.
    pub fn latency(&self) -> (i64, i64) {
        if !self.on.get() {
            return (0, 0);
        }
        if self.rng.once_in(self.slow.get()) {
            return (self.rng.ms(15_000), self.rng.ms(15_000));
        }
        (self.rng.ms(40), self.rng.ms(120))
    }

    /// Waits one turn, so that others go on and a kill can fall here.
    pub async fn pause(&self) {
        if !self.on.get() {
            return;
        }
        let mut waited = false;
        poll_fn(|_| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            self.yielded.set(true);
            Poll::Pending
        })
        .await;
    }

    /// A draw for whoever scripts the run.
    pub fn rng(&self) -> &Rng {
        &self.rng
    }
}
