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

    /// One of these.
    pub fn pick<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal, once in $most:literal;)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault { $($(#[$doc])* $name),* }

        impl Fault {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What it is called in a report.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Where it happens often, it happens once in so many chances.
            const fn most(self) -> u64 {
                match self { $(Self::$name => $most),* }
            }
        }
    };
}

faults! {
    /// The whole process dies, and the queue's memory with it.
    KillAll = "all killed", once in 60;
    /// One job dies: a consumer, a cron, a request.
    KillOne = "one killed", once in 40;
    /// A batch fails and was not committed.
    StoreBefore = "store error before commit", once in 30;
    /// A batch fails and was committed.
    StoreAfter = "store error after commit", once in 30;
    /// A batch takes seconds.
    StoreSlow = "store slow", once in 40;
    /// A message is not on the queue, though nobody said so.
    QueueLost = "queue message lost", once in 8;
    /// A message is delivered twice.
    QueueDoubled = "queue message doubled", once in 8;
    /// A message comes late, and so after others.
    QueueLate = "queue message late", once in 6;
    /// A batch is delivered again as a whole.
    QueueAgain = "queue batch redelivered", once in 10;
    /// Putting messages on the queue is answered with an error, before or after.
    QueueError = "queue error", once in 12;
    /// A cron does not fire for its minute.
    CronMissed = "cron missed", once in 6;
    /// A cron fires twice for its minute.
    CronDoubled = "cron doubled", once in 6;
    /// A cron fires minutes after its minute.
    CronLate = "cron late", once in 6;
    /// An invocation's clock is off.
    Skew = "clock skewed", once in 2;
    /// A POST takes long, up to its time-out.
    ProviderSlow = "provider slow", once in 8;
    /// A 429 or 503 that names a time.
    ProviderLater = "provider 429 or 503", once in 10;
    /// A 5xx, taken or not.
    ProviderError = "provider 5xx", once in 10;
    /// The connection breaks before the provider has the message.
    ProviderReset = "provider reset", once in 12;
    /// The provider takes the message and never says so.
    ProviderTimeout = "provider time-out after acceptance", once in 8;
    /// A 4xx.
    ProviderRefused = "provider refusal", once in 15;
    /// For some minutes every POST ends as badly as this one.
    ProviderOutage = "provider outage", once in 4;
    /// A receipt never comes.
    ReceiptLost = "receipt lost", once in 6;
    /// A receipt comes twice.
    ReceiptDoubled = "receipt doubled", once in 4;
    /// A receipt comes before the answer to its POST.
    ReceiptEarly = "receipt before the answer", once in 4;
    /// A receipt comes hours later, after those of later messages.
    ReceiptLate = "receipt late", once in 4;
}

/// How often each fault happens, and how often it has.
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
    /// Once in so many chances, 0 for never.
    chances: Vec<Cell<u64>>,
    happened: Vec<Cell<u64>>,
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
            chances: Fault::ALL.iter().map(|_| Cell::new(0)).collect(),
            happened: Fault::ALL.iter().map(|_| Cell::new(0)).collect(),
        }
    }

    /// Lets things go wrong, each kind as often as the seed says, some of them not at all.
    pub fn start(&self, seed: u64) {
        self.rng.0.set(seed);
        self.on.set(true);
        for &fault in Fault::ALL {
            let often = match self.rng.below(4) {
                0 => 0,
                1 => fault.most(),
                2 => 4 * fault.most(),
                _ => 20 * fault.most(),
            };
            self.chances[fault as usize].set(often);
        }
    }

    /// Lets jobs wait their turns, and nothing go wrong but what is [`Self::set`].
    pub fn take_turns(&self) {
        self.on.set(true);
    }

    /// Lets a fault happen once in so many chances, or never for 0.
    pub fn set(&self, fault: Fault, once_in: u64) {
        self.chances[fault as usize].set(once_in);
    }

    /// From here on nothing goes wrong any more.
    pub fn stop(&self) {
        self.on.set(false);
        self.chances.iter().for_each(|chance| chance.set(0));
    }

    pub fn are_on(&self) -> bool {
        self.on.get()
    }

    /// Whether a job that fails is no surprise.
    pub fn excuse_failures(&self) -> bool {
        self.on.get() || self.jobs_may_fail.get()
    }

    /// Whether the fault happens now.
    pub fn happens(&self, fault: Fault) -> bool {
        let happens = self.rng.once_in(self.chances[fault as usize].get());
        if happens {
            self.count(fault);
        }
        happens
    }

    /// Counts a fault that happened by another's doing.
    pub fn count(&self, fault: Fault) {
        let happened = &self.happened[fault as usize];
        happened.set(happened.get() + 1);
    }

    /// How often the fault has happened.
    pub fn happened(&self, fault: Fault) -> u64 {
        self.happened[fault as usize].get()
    }

    /// How long a POST takes to arrive, and its answer to come back, in ms.
    pub fn latency(&self) -> (i64, i64) {
        if !self.on.get() {
            return (0, 0);
        }
        if self.happens(Fault::ProviderSlow) {
            return (self.rng.ms(40_000), self.rng.ms(20_000));
        }
        (self.rng.ms(40), self.rng.ms(120))
    }

    /// How late each firing of a cron is, in ms; none when it is missed.
    pub fn firings(&self) -> Vec<i64> {
        if self.happens(Fault::CronMissed) {
            return Vec::new();
        }
        let late_ms = if self.happens(Fault::CronLate) { 1_000 + self.rng.ms(240_000) } else { 0 };
        if self.happens(Fault::CronDoubled) {
            return vec![late_ms, late_ms + self.soon()];
        }
        vec![late_ms]
    }

    /// How late each delivery of a queue message is, in ms; none when it is lost.
    pub fn deliveries(&self) -> Vec<i64> {
        if self.queue_loses.get() || self.happens(Fault::QueueLost) {
            return Vec::new();
        }
        let late_ms = if self.happens(Fault::QueueLate) { self.rng.ms(90_000) } else { 0 };
        if self.happens(Fault::QueueDoubled) {
            return vec![late_ms, late_ms + self.soon()];
        }
        vec![late_ms]
    }

    /// How much later the second of two comes, in ms: at times with the first.
    pub fn soon(&self) -> i64 {
        self.rng.ms(*self.rng.pick(&[1, 3_000, 90_000]))
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
