//! SQLite that takes its time, fails before or after its commits, shows each commit to a witness,
//! and can be made to misread statements on purpose.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::path::Path;
use std::rc::Rc;

use tidegate_worker::sql;
use tidegate_worker::store::sqlite::Sqlite;
use tidegate_worker::store::{Answer, Database, Param, Statement, StoreError};

use crate::faults::{Fault, Faults};
use crate::ready;
use crate::sim::record::WATCHES;
use crate::time::Time;

/// How long a slow batch takes at most, in ms.
const SLOW_MS: u64 = 8_000;
/// The longest text in a parameter, in bytes, as D1 has it.
const PARAM_BYTES: usize = 2_000_000;

thread_local! {
    static SPARE: RefCell<Vec<Sqlite>> = const { RefCell::new(Vec::new()) };
}

/// The product's schema, empty. What is done in it is undone in the end, so that the next world of
/// this thread finds it ready, its statements prepared.
pub(crate) struct Schema(Option<Sqlite>);

impl Schema {
    pub(crate) fn empty() -> Self {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let sqlite = SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let sqlite = Sqlite::in_memory(&migrations).unwrap();
            for watch in WATCHES {
                ready(sqlite.run(sql!(watch))).unwrap();
            }
            sqlite
        });
        ready(sqlite.run(sql!("BEGIN"))).unwrap();
        Self(Some(sqlite))
    }
}

impl Deref for Schema {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let Some(sqlite) = self.0.take() else { return };
        // One in which something is still under way is not used again.
        if ready(sqlite.run(sql!("ROLLBACK"))).is_ok() {
            SPARE.with_borrow_mut(|spare| spare.push(sqlite));
        }
    }
}

/// Sees every commit: the statements as the product meant them, and what they gave.
pub type Witness = Box<dyn Fn(&[Statement], &[Answer])>;
/// Changes a statement on its way.
pub type Rewrite = Box<dyn Fn(Statement) -> Statement>;

/// How long a batch takes before its commit, in ms.
pub type Takes = Box<dyn Fn(&[Statement]) -> i64>;

/// The database of a [`TestWorld`](super::TestWorld).
pub struct TestDatabase {
    pub(crate) sqlite: Schema,
    faults: Rc<Faults>,
    time: Rc<Time>,
    /// How many statements one invocation has asked, where it is to be known of which.
    pub asked: Cell<Option<usize>>,
    /// How many batches were committed.
    pub commits: Cell<u64>,
    pub witness: RefCell<Option<Witness>>,
    pub rewrite: RefCell<Option<Rewrite>>,
    pub takes: RefCell<Option<Takes>>,
}

impl TestDatabase {
    pub(crate) fn new(sqlite: Schema, faults: Rc<Faults>, time: Rc<Time>) -> Self {
        Self {
            sqlite,
            faults,
            time,
            asked: Cell::default(),
            commits: Cell::new(0),
            witness: RefCell::default(),
            rewrite: RefCell::default(),
            takes: RefCell::default(),
        }
    }

    async fn takes_time(&self) {
        self.faults.pause().await;
        if self.faults.happens(Fault::StoreSlow) {
            self.time.sleep(self.time.now() + self.faults.rng().ms(SLOW_MS)).await;
        }
    }

    async fn commit(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let meant = self.witness.borrow().is_some().then(|| statements.clone());
        let statements = match &*self.rewrite.borrow() {
            Some(rewrite) => statements.into_iter().map(rewrite).collect(),
            None => statements,
        };
        let answers = self.sqlite.batch(statements).await?;
        self.commits.set(self.commits.get() + 1);
        if let (Some(witness), Some(meant)) = (&*self.witness.borrow(), meant) {
            witness(&meant, &answers);
        }
        Ok(answers)
    }
}

impl Database for TestDatabase {
    fn asked(&self) -> usize {
        self.asked.get().unwrap_or_default()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let failed = |when: &str| Err(StoreError::Failed(format!("lost {when} the commit")));
        self.asked.set(self.asked.get().map(|asked| asked + statements.len()));
        if statements.iter().flat_map(|statement| &statement.params).any(is_too_long) {
            return Err(StoreError::Failed("string or blob too big".into()));
        }
        self.takes_time().await;
        let takes_ms = self.takes.borrow().as_ref().map_or(0, |takes| takes(&statements));
        self.time.sleep(self.time.now() + takes_ms).await;
        if self.faults.happens(Fault::StoreBefore) {
            return failed("before");
        }
        let answers = self.commit(statements).await;
        self.takes_time().await;
        if answers.is_ok() && self.faults.happens(Fault::StoreAfter) {
            return failed("after");
        }
        answers
    }
}

const fn is_too_long(param: &Param) -> bool {
    matches!(param, Param::Text(text) if text.len() > PARAM_BYTES)
}
