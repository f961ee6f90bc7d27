//! Providers as they are: slow, silent, forgetful, out of order. Each knows what it took, which
//! nobody on the other side of the wire does, and nothing of what another one took.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tidegate::Instant;
use tidegate::status::MessageTrigger;
use tidegate_worker::jobs::receipts::{self, News};
use tidegate_worker::model::{Fate as Condition, Found, Outcome, Outgoing, ProviderConfig};
use tidegate_worker::ports::World;
use tidegate_worker::provider::verdict::{HttpAnswer, verdict};

use crate::faults::{Fault, Faults};
use crate::{Node, TestWorld, Time};

/// How long a consumer waits for an answer, as the webhook provider has it.
const TIME_OUT_MS: i64 = 30_000;
/// How long it is before a receipt that was not acknowledged comes again.
const RECEIPT_AGAIN_MS: i64 = 90_000;

/// What a consumer was told about its POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It died before it heard anything, or still waits.
    Nothing,
    Taken,
    Refused,
    /// Provably not taken.
    Later,
    Unclear,
    /// Nothing clear at first, and later that it was not taken.
    Denied,
}

/// One POST, as it really was.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Attempt {
    /// When it began by the true time, ms.
    pub at: i64,
    /// When it began by the clock of the consumer, ms.
    pub at_node: i64,
    /// How many commits there were before it began.
    pub commits: u64,
    pub id: String,
    pub campaign: i64,
    pub ordinal: i64,
    pub to: String,
    pub sender_id: String,
    /// Whose provider it went to: its address.
    pub url: String,
    pub deduplicates: bool,
    pub expires_at: Option<i64>,
    /// It has not arrived, and may.
    pub travels: bool,
    /// The provider took it, and had not taken it before.
    pub accepted: bool,
    /// It took it, and could not deliver it.
    pub bounced: bool,
    pub told: Told,
}

impl Attempt {
    /// Whether the provider has the message by it, or may still come to have it.
    pub fn may_have_been_taken(&self) -> bool {
        self.accepted || self.travels
    }
}

/// What becomes of a POST.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Taken,
    Later(u16, Option<u32>),
    Refused(u16),
    Error { taken: bool },
    Reset,
    Silence,
}

/// Sees a POST as it begins, and those before it.
pub type PostWitness = Box<dyn Fn(&[Attempt], &Attempt)>;

/// The providers and their memory.
pub struct ModelProvider {
    time: Rc<Time>,
    faults: Rc<Faults>,
    world: std::rc::Weak<TestWorld>,
    /// Every POST, in the order in which they began.
    pub attempts: RefCell<Vec<Attempt>>,
    /// When each key was taken first, and by whom.
    taken: RefCell<BTreeMap<(String, String), i64>>,
    outage: Cell<Option<(i64, Fate)>>,
    /// Receipts that were sent, whether they came or not.
    pub reported: RefCell<Vec<News>>,
    /// Receipts that were acknowledged.
    pub acknowledged: RefCell<Vec<News>>,
    /// Is told of each POST as it begins.
    pub witness: RefCell<Option<PostWitness>>,
}

impl ModelProvider {
    /// The provider of a world.
    pub fn of(world: &Rc<TestWorld>) -> Rc<Self> {
        let provider = Rc::new(Self {
            time: Rc::clone(world.time()),
            faults: Rc::clone(&world.faults),
            world: Rc::downgrade(world),
            attempts: RefCell::default(),
            taken: RefCell::default(),
            outage: Cell::default(),
            reported: RefCell::default(),
            acknowledged: RefCell::default(),
            witness: RefCell::default(),
        });
        world.provider.replace(Some(Rc::clone(&provider)));
        provider
    }

    /// A POST by a consumer whose clock is `skew_ms` off.
    pub async fn post(
        self: &Rc<Self>,
        config: &ProviderConfig,
        message: &Outgoing,
        skew_ms: i64,
    ) -> Outcome {
        let began = self.time.now();
        let index = self.begin(config, message, skew_ms);
        let fate = self.fate();
        let (there_ms, back_ms) = self.faults.latency();
        let wire = Rc::new(Wire::default());
        let (provider, far_end) = (Rc::clone(self), Rc::clone(&wire));
        let arrives = move |world: &Rc<TestWorld>| {
            provider.arrives(world, index, fate, &far_end, back_ms);
        };
        self.world.upgrade().unwrap().later(began + there_ms, arrives);
        let line = Line(Rc::clone(&wire));
        let time_out = began + TIME_OUT_MS;
        self.time.sleep_or(time_out, || wire.arrived.get()).await;
        let answers = wire.answer.borrow().is_some();
        if answers || matches!(fate, Fate::Silence) {
            let back_ms = if answers { back_ms } else { TIME_OUT_MS };
            self.time.sleep((self.time.now() + back_ms).min(time_out)).await;
        }
        let in_time = self.time.now() < time_out;
        let answer = wire.answer.borrow_mut().take().filter(|_| in_time);
        let now = Instant::from_millis(self.time.now() + skew_ms);
        let outcome = answer.map_or_else(
            || Outcome::Unclear { detail: "no answer".into() },
            |answer| verdict(&answer, config.deduplicates(), now),
        );
        drop(line);
        self.attempts.borrow_mut()[index].told = match outcome {
            Outcome::Taken { .. } => Told::Taken,
            Outcome::Refused { .. } => Told::Refused,
            Outcome::Later { .. } => Told::Later,
            Outcome::Unclear { .. } => Told::Unclear,
        };
        outcome
    }

    /// What one of them says of a message when it is asked.
    pub async fn look_up(&self, config: &ProviderConfig, id: &str) -> Found {
        let url = address_of(config);
        let asked = self.time.now();
        self.faults.pause().await;
        let (there_ms, back_ms) = self.faults.latency();
        self.time.sleep(asked + (there_ms + back_ms).min(TIME_OUT_MS)).await;
        let silent = self.faults.happens(Fault::ProviderError);
        let mut attempts = self.attempts.borrow_mut();
        let its: Vec<&mut Attempt> =
            attempts.iter_mut().filter(|post| post.id == id && post.url == url).collect();
        if silent || its.iter().any(|post| post.travels) {
            return Found::Unclear { detail: "HTTP 500".into() };
        }
        let Some(taken) = its.iter().find(|post| post.accepted) else {
            for post in its {
                post.told = Told::Denied;
            }
            return Found::NotTaken;
        };
        let reported = self.reported.borrow();
        let its = |news: &&News| {
            news.campaign_seq == taken.campaign
                && news.ordinal == taken.ordinal
                && news.at_ms <= self.time.now()
        };
        let heard = |trigger| reported.iter().filter(its).any(|news| news.trigger == trigger);
        Found::Taken(if heard(MessageTrigger::Undeliverable) {
            Condition::Failed { reason: None }
        } else if heard(MessageTrigger::Delivered) {
            Condition::Delivered
        } else {
            Condition::Accepted
        })
    }

    fn begin(&self, config: &ProviderConfig, message: &Outgoing, skew_ms: i64) -> usize {
        let world = self.world.upgrade().unwrap();
        let address = message.callback_url.rsplit('/').map(|part| part.parse().unwrap_or(0));
        let [ordinal, campaign] = address.take(2).collect::<Vec<i64>>().try_into().unwrap();
        let at = self.time.now();
        let attempt = Attempt {
            at,
            at_node: at + skew_ms,
            commits: world.database().commits.get(),
            id: message.id.clone(),
            campaign,
            ordinal,
            to: message.to.clone(),
            sender_id: message.sender_id.clone(),
            url: address_of(config).to_owned(),
            deduplicates: config.deduplicates(),
            expires_at: message.expires_at,
            travels: true,
            accepted: false,
            bounced: false,
            told: Told::Nothing,
        };
        if let Some(witness) = &*self.witness.borrow() {
            witness(&self.attempts.borrow(), &attempt);
        }
        let mut attempts = self.attempts.borrow_mut();
        attempts.push(attempt);
        attempts.len() - 1
    }

    fn fate(&self) -> Fate {
        if !self.faults.are_on() {
            return Fate::Taken;
        }
        let (faults, now) = (&self.faults, self.time.now());
        if let Some((_, fate)) = self.outage.get().filter(|(until, _)| now < *until) {
            return fate;
        }
        let rng = faults.rng();
        let fate = if faults.happens(Fault::ProviderLater) {
            let after_s = u32::try_from(rng.below(200)).unwrap();
            *rng.pick(&[
                Fate::Later(429, Some(after_s)),
                Fate::Later(429, None),
                Fate::Later(503, Some(after_s)),
            ])
        } else if faults.happens(Fault::ProviderError) {
            Fate::Error { taken: rng.once_in(2) }
        } else if faults.happens(Fault::ProviderReset) {
            Fate::Reset
        } else if faults.happens(Fault::ProviderTimeout) {
            Fate::Silence
        } else if faults.happens(Fault::ProviderRefused) {
            Fate::Refused(*rng.pick(&[400, 422, 401, 404, 308]))
        } else {
            Fate::Taken
        };
        if !matches!(fate, Fate::Taken) && faults.happens(Fault::ProviderOutage) {
            self.outage.set(Some((now + rng.ms(300_000), fate)));
        }
        fate
    }

    /// The POST arrives, if its connection holds.
    fn arrives(
        self: &Rc<Self>,
        world: &Rc<TestWorld>,
        index: usize,
        fate: Fate,
        wire: &Wire,
        back_ms: i64,
    ) {
        let mut attempts = self.attempts.borrow_mut();
        let attempt = &mut attempts[index];
        attempt.travels = false;
        wire.arrived.set(true);
        // Whether what a dead process had begun to send gets through is anybody's guess.
        let broken = wire.hung_up.get() && self.faults.rng().once_in(2);
        if broken || matches!(fate, Fate::Reset) {
            return;
        }
        let now = self.time.now();
        let key = (attempt.url.clone(), attempt.id.clone());
        let known = self.taken.borrow().get(&key).copied();
        let known = known.filter(|_| attempt.deduplicates);
        let (status, retry_after) = match fate {
            Fate::Later(status, after_s) => (status, after_s),
            Fate::Refused(status) if known.is_none() => (status, None),
            Fate::Error { .. } => (500, None),
            Fate::Taken | Fate::Silence | Fate::Refused(_) | Fate::Reset => (202, None),
        };
        let takes = matches!(fate, Fate::Taken | Fate::Silence | Fate::Error { taken: true });
        if takes && known.is_none() {
            attempt.accepted = true;
            self.taken.borrow_mut().insert(key, now);
            let (campaign, ordinal) = (attempt.campaign, attempt.ordinal);
            drop(attempts);
            let bounced = self.receipts(world, campaign, ordinal, back_ms);
            self.attempts.borrow_mut()[index].bounced = bounced;
        }
        // The first of the two is still being processed.
        let busy = known.is_some_and(|first| self.faults.are_on() && now - first < 5_000);
        let status = if busy && status == 202 { 409 } else { status };
        if !matches!(fate, Fate::Silence) {
            wire.answer.replace(Some(HttpAnswer {
                status,
                retry_after: retry_after.map(|after_s| after_s.to_string()),
                ..HttpAnswer::default()
            }));
        }
    }

    /// Sends the receipts of a message on their way. Whether they say that it was not delivered.
    fn receipts(
        self: &Rc<Self>,
        world: &Rc<TestWorld>,
        campaign: i64,
        ordinal: i64,
        back_ms: i64,
    ) -> bool {
        let (rng, faults) = (self.faults.rng(), &self.faults);
        let trigger = if faults.are_on() && rng.once_in(12) {
            MessageTrigger::Undeliverable
        } else {
            MessageTrigger::Delivered
        };
        let mut news = vec![trigger];
        if rng.once_in(4) {
            news.push(MessageTrigger::Accepted);
        }
        for trigger in news {
            let early = faults.happens(Fault::ReceiptEarly);
            let late_ms = if faults.happens(Fault::ReceiptLate) { rng.ms(10_800_000) } else { 0 };
            let after_ms = if early { 0 } else { back_ms + 1 + rng.ms(60_000) + late_ms };
            let item = News {
                campaign_seq: campaign,
                ordinal,
                trigger,
                at_ms: self.time.now() + after_ms,
                reason: None,
            };
            self.reported.borrow_mut().push(item.clone());
            if faults.happens(Fault::ReceiptLost) {
                continue;
            }
            if faults.happens(Fault::ReceiptDoubled) {
                self.report(world, item.clone(), after_ms + rng.ms(600_000));
            }
            self.report(world, item, after_ms);
        }
        trigger == MessageTrigger::Undeliverable
    }

    /// Reports until it is acknowledged.
    fn report(self: &Rc<Self>, world: &Rc<TestWorld>, news: News, after_ms: i64) {
        let provider = Rc::clone(self);
        world.later(self.time.now() + after_ms, move |world| {
            let heard = Rc::new(Cell::new(false));
            let node = Node::of(world);
            let (item, ack, then) = (news.clone(), Rc::clone(&heard), Rc::clone(&provider));
            world.spawn(async move {
                // At times one request carries it twice.
                let all = vec![item.clone(); 1 + usize::from(item.ordinal % 5 == 0)];
                if receipts::apply(node.database(), &all).await.is_ok() {
                    ack.set(true);
                    then.acknowledged.borrow_mut().push(item);
                }
            });
            world.later(world.time().now() + RECEIPT_AGAIN_MS, move |world| {
                if !heard.get() {
                    provider.report(world, news, 0);
                }
            });
        });
    }
}

/// Where a provider is reached; the deployment's own inbox has no address.
fn address_of(config: &ProviderConfig) -> &str {
    match config {
        ProviderConfig::Sandbox { .. } => "",
        ProviderConfig::Webhook { url, .. } => url,
    }
}

/// What the two ends of a connection share.
#[derive(Default)]
struct Wire {
    hung_up: Cell<bool>,
    arrived: Cell<bool>,
    answer: RefCell<Option<HttpAnswer>>,
}

/// The consumer's end: it hangs up when its job dies.
struct Line(Rc<Wire>);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.hung_up.set(true);
    }
}
