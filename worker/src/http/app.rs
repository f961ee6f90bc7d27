//! What a request has at hand: the outside world, the clock's reading, the published copies.

use std::rc::Rc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate::Instant;
use worker::send::SendWrapper;

use super::Failure;
use crate::ports::World;
use crate::published::Published;

/// What one request works with.
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

impl<W: World> Services<W> {
    /// The database.
    #[must_use]
    pub fn db(&self) -> &W::Database {
        self.world.database()
    }
}

/// [`Services`] as axum's state.
///
/// axum wants a state that threads can share. There is one thread in a Worker, and each native
/// test has a router of its own.
pub struct App<W>(SendWrapper<Rc<Services<W>>>);

impl<W> App<W> {
    /// Wraps what a request works with.
    #[must_use]
    pub fn new(services: Services<W>) -> Self {
        Self(SendWrapper::new(Rc::new(services)))
    }
}

// Derived, it would ask for `W: Clone`.
impl<W> Clone for App<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W> std::ops::Deref for App<W> {
    type Target = Services<W>;

    fn deref(&self) -> &Services<W> {
        &self.0
    }
}

impl<W: World + 'static> FromRequestParts<Self> for App<W> {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut Parts, app: &Self) -> Result<Self, Failure> {
        Ok(app.clone())
    }
}
