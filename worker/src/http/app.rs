//! What a request has at hand: the outside world, the clock's reading, the published copies.

use std::rc::Rc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate::Instant;
use worker::send::SendWrapper;

use super::Failure;
use super::attempt::{Marked, Outside};
use crate::ports::World;
use crate::published::Published;
use crate::store::idempotency::Attempt;

/// What one request is given.
pub struct Services<W> {
    /// The database, the queue, randomness.
    pub world: Rc<W>,
    /// The copies of the senders' policies.
    pub published: Published,
    /// When the request came in.
    pub now: Instant,
    /// Whether this is an installation on someone's own machine, where a provider may be too.
    pub local: bool,
}

/// What one request works with: what it is given, and the outside as this request has it.
pub struct AtHand<W> {
    /// The database, the queue, randomness.
    pub world: Rc<Outside<W>>,
    services: Rc<Services<W>>,
}

impl<W: World> AtHand<W> {
    /// The database.
    #[must_use]
    pub fn db(&self) -> &Marked<W> {
        self.world.database()
    }
}

impl<W> std::ops::Deref for AtHand<W> {
    type Target = Services<W>;

    fn deref(&self) -> &Services<W> {
        &self.services
    }
}

/// [`AtHand`] as axum's state.
///
/// axum wants a state that threads can share. There is one thread in a Worker, and each native
/// test has a router of its own.
pub struct App<W>(SendWrapper<Rc<AtHand<W>>>);

impl<W: World> App<W> {
    /// Wraps what a request works with.
    #[must_use]
    pub fn new(services: Services<W>) -> Self {
        let world = Outside::plain(Rc::clone(&services.world));
        Self::of(world, Rc::new(services))
    }

    /// The same for an attempt at a request whose ids follow from `seed`.
    #[must_use]
    pub(super) fn attempting(&self, attempt: Attempt, seed: String) -> Self {
        Self::of(self.world.attempting(attempt, seed), Rc::clone(&self.services))
    }

    fn of(world: Outside<W>, services: Rc<Services<W>>) -> Self {
        Self(SendWrapper::new(Rc::new(AtHand { world: Rc::new(world), services })))
    }
}

// Derived, it would ask for `W: Clone`.
impl<W> Clone for App<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W> std::ops::Deref for App<W> {
    type Target = AtHand<W>;

    fn deref(&self) -> &AtHand<W> {
        &self.0
    }
}

impl<W: World + 'static> FromRequestParts<Self> for App<W> {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut Parts, app: &Self) -> Result<Self, Failure> {
        Ok(app.clone())
    }
}
