//! Routes, and what is told of them: one declaration for the router and for the OpenAPI document.
//!
//! ```text
//! pub fn routes<W: World + 'static>() -> Routes<W> {
//!     Routes::of("senders", "Who a message comes from.")
//!         .get("/senders", list::<W>, About::new("listSenders", "List the senders").filters::<Paged>())
//!         .post("/senders", create::<W>, About::new("createSender", "Make a sender").asks::<NewSender>())
//! }
//! ```
//!
//! Who may call, whether a body is taken, what is in the path and what is answered follow from the
//! handler's signature ([`handler`]); [`About`] adds words, the shape of what is asked, and how a
//! repeated request is met ([`Repeat`]). What runs in production is built without the feature
//! `schema`, and of all this only the router is left.

mod answer;
#[cfg(feature = "schema")]
pub mod document;
mod handler;
#[cfg(feature = "schema")]
mod operation;
#[cfg(feature = "schema")]
mod problems;
mod served;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

pub use answer::{
    Accepted, As, Begun, Created, CsvFile, File, Found, Html, Kept, NoContent, REPLAYED,
};
pub use handler::{Described, Part, Shape};
#[cfg(feature = "schema")]
pub use operation::Operation;
pub use served::served;

use super::App;
use super::once::Once;
use crate::ports::World;
use crate::store::keys::Role;

/// How a write is met that is asked for a second time with the same `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Its answer is kept and given again. Where a crash has lost the answer, it is not carried out
    /// twice: the caller is told to look.
    Answered,
    /// The same, but after a crash it is carried out again, because it finds what it has made: its
    /// ids follow from the key.
    Finds,
    /// The same for a body that is not kept in memory: known by its address and its length.
    Streams,
    /// It keeps keys of its own, for longer.
    Own,
    /// It may be repeated as it is, and takes no key.
    Harmless,
}

/// The routes of one resource.
#[must_use = "routes that are not merged are nowhere"]
pub struct Routes<W> {
    pub(super) router: Router<App<W>>,
    #[cfg(feature = "schema")]
    tag: (&'static str, &'static str),
    #[cfg(feature = "schema")]
    pub(super) operations: Vec<Operation>,
}

impl<W: World + 'static> Routes<W> {
    /// No routes yet, of the resource `name`.
    pub fn of(name: &'static str, about: &'static str) -> Self {
        #[cfg(not(feature = "schema"))]
        let _ = (name, about);
        Self {
            router: Router::new(),
            #[cfg(feature = "schema")]
            tag: (name, about),
            #[cfg(feature = "schema")]
            operations: Vec::new(),
        }
    }

    /// No routes yet, of a resource that another file has begun with [`Routes::of`].
    pub fn more(name: &'static str) -> Self {
        Self::of(name, "")
    }

    /// With a route that reads.
    pub fn get<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.route(MethodFilter::GET, "get", path, handler, about.repeated(Repeat::Harmless))
    }

    /// With a route that makes or does something.
    pub fn post<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.write(MethodFilter::POST, "post", path, handler, about)
    }

    /// With a route that changes something.
    pub fn patch<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.write(MethodFilter::PATCH, "patch", path, handler, about)
    }

    /// With a route that puts something in its place.
    pub fn put<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.write(MethodFilter::PUT, "put", path, handler, about)
    }

    /// With a route that takes something away.
    pub fn delete<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.write(MethodFilter::DELETE, "delete", path, handler, about)
    }

    fn write<H, T>(
        self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
        about: About,
    ) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        match about.repeat {
            Repeat::Own | Repeat::Harmless => self.route(filter, method, path, handler, about),
            repeat => {
                let mut routes = self;
                routes.note::<H, T>(method, path, about);
                routes.router = routes.router.route(path, on(filter, Once { handler, repeat }));
                routes
            }
        }
    }

    fn route<H, T>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
        about: About,
    ) -> Self
    where
        H: Handler<T, App<W>> + Described<T>,
        T: 'static,
    {
        self.note::<H, T>(method, path, about);
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    #[cfg(feature = "schema")]
    fn note<H: Described<T>, T>(&mut self, method: &'static str, path: &'static str, about: About) {
        self.operations.push(Operation::of::<H, T>(self.tag, method, path, about));
    }

    #[cfg(not(feature = "schema"))]
    #[expect(clippy::unused_self, reason = "there is nothing to be noted for")]
    const fn note<H, T>(&mut self, _: &'static str, _: &'static str, _: About) {}

    /// With another resource's.
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        #[cfg(feature = "schema")]
        self.operations.extend(other.operations);
        self
    }
}

/// What is told of a route beyond its handler's signature.
#[must_use = "it is told to nobody"]
#[derive(Clone, Copy)]
pub struct About {
    repeat: Repeat,
    #[cfg(feature = "schema")]
    told: operation::Told,
}

impl About {
    /// The operation's name for programs, and what it does in a few words.
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        #[cfg(not(feature = "schema"))]
        let _ = (id, summary);
        Self {
            repeat: Repeat::Answered,
            #[cfg(feature = "schema")]
            told: operation::Told::new(id, summary),
        }
    }

    /// What else there is to know.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, unused_variables, reason = "words"))]
    pub const fn says(mut self, description: &'static str) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.description = description;
        }
        self
    }

    /// The body's shape.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, reason = "only the document needs it"))]
    pub fn asks<T: Shape>(mut self) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.asks = Some(operation::schema_of::<T>);
        }
        self
    }

    /// The query's shape.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, reason = "only the document needs it"))]
    pub fn filters<T: Shape>(mut self) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.filters = Some(operation::schema_of::<T>);
        }
        self
    }

    /// The body is a file of this type.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, unused_variables, reason = "words"))]
    pub const fn takes(mut self, content_type: &'static str) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.takes = Some(content_type);
        }
        self
    }

    /// The codes of the 409 that the state of things can be an occasion for.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, unused_variables, reason = "words"))]
    pub const fn conflicts(mut self, codes: &'static [&'static str]) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.conflicts = codes;
        }
        self
    }

    /// The least role, where the handler's signature lets in who is below it and finds out later.
    #[cfg_attr(not(feature = "schema"), expect(unused_mut, unused_variables, reason = "words"))]
    pub const fn least(mut self, role: Role) -> Self {
        #[cfg(feature = "schema")]
        {
            self.told.least = Some(role.name());
        }
        self
    }

    /// How a repeated request is met; [`Repeat::Answered`] unless told.
    pub const fn repeated(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}
