//! A route as the document knows it.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{About, Described, Repeat};

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// See [`SchemaOf`].
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What [`About`] was told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) asks: Option<SchemaOf>,
    pub(super) filters: Option<SchemaOf>,
    pub(super) takes: Option<&'static str>,
    pub(super) conflicts: &'static [&'static str],
    pub(super) least: Option<&'static str>,
}

impl Told {
    pub(super) const fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            description: "",
            asks: None,
            filters: None,
            takes: None,
            conflicts: &[],
            least: None,
        }
    }
}

/// A route: what its declaration tells, and what its handler's signature does.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Operation {
    pub(super) tag: (&'static str, &'static str),
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) told: Told,
    pub(super) repeat: Repeat,
    /// The least role; none where no key is asked for.
    pub(super) role: Option<&'static str>,
    /// Whom the team's own settings leave of them.
    pub(super) narrowed: &'static str,
    /// Whether a JSON body has to be there.
    pub(super) body: Option<bool>,
    /// Whether the body is a file.
    pub(super) file: bool,
    /// Whether there is a query.
    pub(super) query: bool,
    /// Each status that it answers with, and the schema of the answer.
    pub(super) answers: Vec<(u16, Option<SchemaOf>)>,
    /// The type of what it answers with; `*/*`: it says so itself.
    pub(super) media: &'static str,
    /// Whether the answer says where what was made is.
    pub(super) has_place: bool,
    /// Whether it may be refused.
    pub(super) can_fail: bool,
}

impl Operation {
    pub(super) fn of<H: Described<T>, T>(
        tag: (&'static str, &'static str),
        method: &'static str,
        path: &'static str,
        about: About,
    ) -> Self {
        let mut operation = Self {
            tag,
            method,
            path,
            told: about.told,
            repeat: about.repeat,
            role: None,
            narrowed: "",
            body: None,
            file: false,
            query: false,
            answers: Vec::new(),
            media: "application/json",
            has_place: false,
            can_fail: false,
        };
        H::note(&mut operation);
        operation.role = operation.told.least.or(operation.role);
        operation
    }

    /// Why the declaration does not go with the handler; nothing where it does.
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let told = &self.told;
        let mut faults = Vec::new();
        let mut check = |is_fine: bool, fault| {
            if !is_fine {
                faults.push(fault);
            }
        };
        check(
            self.body.is_some() == told.asks.is_some(),
            "says `.asks` if and only if it takes JSON",
        );
        check(
            self.query == told.filters.is_some(),
            "says `.filters` if and only if it has a query",
        );
        check(self.file == told.takes.is_some(), "says `.takes` if and only if it takes a file");
        check(!self.answers.is_empty(), "answers nothing");
        check(!self.file || self.body.is_none(), "takes a file and JSON");
        check(
            self.repeat != Repeat::Answered || !self.file,
            "takes a file: say `.repeated(Repeat::Streams)`",
        );
        faults
    }

    /// The names in braces in the path, each with the path to the list that it is from.
    pub(super) fn path_parameters(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let (path, mut read, mut before) = (self.path, 0, "");
        path.split_inclusive('/').filter_map(move |segment| {
            read += segment.len();
            let segment = segment.trim_end_matches('/');
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            if name.is_none() {
                before = path[..read].trim_end_matches('/');
            }
            name.map(|name| (before, name))
        })
    }
}
