//! What a request has at hand: the bindings, the clock's reading, randomness.

use std::rc::Rc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate::Instant;
use worker::send::SendWrapper;

use super::Failure;
use crate::ports::Entropy;

/// The database of this build.
#[cfg(target_arch = "wasm32")]
pub type Db = crate::store::d1::D1;
/// The database of this build.
#[cfg(not(target_arch = "wasm32"))]
pub type Db = crate::store::sqlite::Sqlite;

pub use crate::published::Published;

/// What one request works with.
pub struct Services {
    /// The database.
    pub db: Db,
    /// The copies of the senders' policies.
    pub published: Published,
    /// Randomness for ids.
    pub entropy: Box<dyn Entropy>,
    /// When the request came in.
    pub now: Instant,
    /// Whether this is an installation on someone's own machine, where a provider may be too.
    pub local: bool,
}

/// [`Services`] as axum's state.
///
/// axum wants a state that threads can share. There is one thread in a Worker, and each native
/// test has a router of its own.
#[derive(Clone)]
pub struct App(SendWrapper<Rc<Services>>);

impl App {
    /// Wraps what a request works with.
    pub fn new(services: Services) -> Self {
        Self(SendWrapper::new(Rc::new(services)))
    }
}

impl std::ops::Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl FromRequestParts<Self> for App {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut Parts, app: &Self) -> Result<Self, Failure> {
        Ok(app.clone())
    }
}
