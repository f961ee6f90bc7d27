//! The outside of one request. With an `Idempotency-Key` its ids follow from what is kept of the
//! key, and whatever it commits says so in the same transaction.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tidegate::Instant;

use crate::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};
use crate::ports::{
    Callbacks, Clock, Entropy, Files, Providers, Pseudonyms, Queue, Renderer, World,
};
use crate::store::idempotency::{self, Attempt};
use crate::store::{Answer, Database, Statement, StoreError};

/// How many characters a name has: 130 bits.
const NAME: usize = 26;

/// A name that follows from a text, and from no other.
pub fn name_of(text: &str) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = Sha256::digest(text);
    let digits = hash.iter().filter_map(|byte| DIGITS.get(usize::from(byte & 31)));
    digits.take(NAME).map(|digit| char::from(*digit)).collect()
}

/// The names that a request gives, one after the other.
#[derive(Debug)]
struct Names {
    seed: String,
    given: Cell<u32>,
}

impl Names {
    fn next(&self) -> String {
        let place = self.given.get();
        self.given.set(place + 1);
        name_of(&format!("{} {place}", self.seed))
    }
}

/// A world as one request has it.
pub struct Outside<W> {
    database: Marked<W>,
    names: Option<Names>,
}

impl<W: World> Outside<W> {
    /// As it is.
    pub const fn plain(world: Rc<W>) -> Self {
        Self { database: Marked { world, unmarked: Cell::new(None) }, names: None }
    }

    /// The same for an attempt at a request whose ids follow from `seed`.
    pub fn attempting(&self, attempt: Attempt, seed: String) -> Self {
        let world = Rc::clone(&self.database.world);
        let names = Some(Names { seed, given: Cell::new(0) });
        Self { database: Marked { world, unmarked: Cell::new(Some(attempt)) }, names }
    }

    /// A name that nobody can guess: the next of those that follow from the seed, if there is one.
    pub fn token(&self) -> String {
        self.names.as_ref().map_or_else(|| self.world().token(), Names::next)
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.world().now()
    }

    fn world(&self) -> &W {
        &self.database.world
    }
}

/// A database in which the first change of a request is marked as such. From then on nobody else
/// carries it out, so that once is enough.
pub struct Marked<W> {
    world: Rc<W>,
    unmarked: Cell<Option<Attempt>>,
}

impl<W: World> Database for Marked<W> {
    fn asked(&self) -> usize {
        self.world.database().asked()
    }

    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let db = self.world.database();
        let changes = statements.iter().any(changes);
        let Some(attempt) = changes.then(|| self.unmarked.take()).flatten() else {
            return db.batch(statements).await;
        };
        // The last, so that the others read as if it were not there; it fails all of them where
        // another attempt has taken over.
        statements.push(idempotency::mark(&attempt));
        let done = db.batch(statements).await;
        match done {
            Ok(mut answers) => {
                answers.pop();
                Ok(answers)
            }
            Err(error) => {
                self.unmarked.set(Some(attempt));
                Err(error)
            }
        }
    }
}

/// Whether a statement may change anything. Statements are constants in which only keywords are
/// written large.
fn changes(statement: &Statement) -> bool {
    ["INSERT ", "UPDATE ", "DELETE "].iter().any(|word| statement.sql.contains(word))
}

impl<W: World> World for Outside<W> {
    type Database = Marked<W>;

    fn database(&self) -> &Marked<W> {
        &self.database
    }
}

impl<W: World> Clock for Outside<W> {
    fn now(&self) -> Instant {
        self.world().now()
    }

    fn sleep(&self, until: Instant) -> impl Future<Output = ()> {
        self.world().sleep(until)
    }
}

impl<W: World> Queue for Outside<W> {
    fn put(&self, slices: &[(SliceKey, i64)]) -> impl Future<Output = Result<(), String>> {
        self.world().put(slices)
    }
}

impl<W: World> Providers for Outside<W> {
    fn hand_over(
        &self,
        provider: &ProviderConfig,
        message: &Outgoing,
    ) -> impl Future<Output = Outcome> {
        self.world().hand_over(provider, message)
    }

    fn look_up(&self, provider: &ProviderConfig, id: &str) -> impl Future<Output = Found> {
        self.world().look_up(provider, id)
    }
}

impl<W: World> Entropy for Outside<W> {
    fn token(&self) -> String {
        Self::token(self)
    }
}

impl<W: World> Callbacks for Outside<W> {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.world().url(campaign_seq, ordinal)
    }

    fn inbound_url(&self, sender_seq: i64) -> String {
        self.world().inbound_url(sender_seq)
    }

    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.world().unsubscribe_url(campaign_seq, ordinal)
    }

    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String> {
        self.world().mark_url(campaign_seq, ordinal, link)
    }

    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        self.world().file_url(campaign_seq, attachment_seq)
    }
}

impl<W: World> Files for Outside<W> {
    fn keep(&self, name: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), String>> {
        self.world().keep(name, bytes)
    }

    fn read(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>, String>> {
        self.world().read(name)
    }

    fn remove(&self, name: &str) -> impl Future<Output = Result<(), String>> {
        self.world().remove(name)
    }
}

impl<W: World> Pseudonyms for Outside<W> {
    fn pseudonym(&self, text: &str) -> String {
        self.world().pseudonym(text)
    }
}

impl<W: World> Renderer for Outside<W> {
    fn render(&self, text: &str, fields: &Map<String, Value>) -> Result<String, String> {
        self.world().render(text, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    #[test]
    fn names_follow_from_their_seed_and_differ() {
        let names = |seed: &str| Names { seed: seed.into(), given: Cell::new(0) };
        let (one, again, other) = (names("a"), names("a"), names("b"));
        let first = [one.next(), one.next(), one.next()];
        assert_eq!(first, [again.next(), again.next(), again.next()]);
        assert!(first.iter().all(|name| name.len() == NAME));
        assert_ne!(first[0], first[1]);
        assert_ne!(first[0], other.next());
    }

    #[test]
    fn a_change_is_known_by_its_keyword() {
        assert!(!changes(&sql!("SELECT updated_ms FROM a WHERE deleted = 0")));
        assert!(changes(&sql!("WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x")));
        assert!(changes(&sql!("UPDATE a SET b = 1")));
        assert!(changes(&sql!("INSERT OR REPLACE INTO a (b) VALUES (1)")));
        assert!(changes(&sql!("DELETE FROM a")));
    }
}
