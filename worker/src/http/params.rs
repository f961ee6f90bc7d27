//! What an address says beyond its route: ids in the path, pages and filters in the query.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Serialize;
use serde_json::{Map, Value};
use tidegate::{Instant, Problem};

use super::fields::{Fields, shown};
use super::{App, Failure};
use crate::ports::World;

/// The single id in the path.
pub struct Id(pub String);

impl<W: World + 'static> FromRequestParts<App<W>> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<W>) -> Result<Self, Failure> {
        let Path(id) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Failure::not_found("there is no such address in the API"))?;
        Ok(Self(id))
    }
}

/// The query as a document whose fields are all texts, so that it is read as bodies are.
pub struct Query(pub Value);

impl<W: World + 'static> FromRequestParts<App<W>> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App<W>) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        parse(query).map(Self).map_err(Failure::invalid)
    }
}

fn parse(query: &str) -> Result<Value, Vec<Problem>> {
    let mut object = Map::new();
    let mut problems = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if object.contains_key(name.as_ref()) {
            problems.push(Problem {
                path: shown(&name),
                code: "repeated",
                message: "is given twice; give it once".into(),
            });
        }
        object.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    if problems.is_empty() { Ok(Value::Object(object)) } else { Err(problems) }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<C> {
    /// How many items, at most.
    pub limit: i64,
    /// Where the page before ended.
    pub after: Option<C>,
}

impl<C> Page<C> {
    /// How many items a page has unless told.
    pub const DEFAULT: i64 = 50;
    /// How many items a page may have.
    pub const MOST: i64 = 200;

    /// Reads the query of a list that is narrowed by nothing.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn of(query: &Value, place: impl FnOnce(&str) -> Option<C>) -> Result<Self, Vec<Problem>> {
        let mut fields = Fields::of(query);
        let page = Self::read(&mut fields, place);
        fields.finish(page)
    }

    /// Reads `limit` and `cursor`; `place` reads what a cursor of this list stands for.
    pub fn read(fields: &mut Fields<'_>, place: impl FnOnce(&str) -> Option<C>) -> Option<Self> {
        let limit = match fields.optional("limit").and_then(Value::as_str) {
            None => Some(Self::DEFAULT),
            Some(text) => {
                let limit = text.parse().ok();
                let limit = limit.filter(|limit| (1..=Self::MOST).contains(limit));
                if limit.is_none() {
                    let message =
                        format!("`{}` is not a whole number from 1 to {}", shown(text), Self::MOST);
                    fields.refuse("limit", "out_of_bounds", message);
                }
                limit
            }
        };
        let after = match fields.optional("cursor").and_then(Value::as_str) {
            None => Some(None),
            Some(text) => {
                let after = place(text);
                if after.is_none() {
                    let message = format!(
                        "`{}` was not given by this list; take `next_cursor` of the page before",
                        shown(text)
                    );
                    fields.refuse("cursor", "bad_cursor", message);
                }
                after.map(Some)
            }
        };
        let (limit, after) = (limit?, after?);
        Some(Self { limit, after })
    }

    /// How many rows to ask the database for: one more, which tells whether the list goes on.
    pub const fn with_next(&self) -> i64 {
        self.limit + 1
    }
}

/// A place in a list that is told by a number.
pub fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number >= 0)
}

/// An instant in a query: RFC 3339, or milliseconds since 1970.
pub fn instant_of(fields: &mut Fields<'_>, name: &'static str) -> Option<Instant> {
    let value = fields.optional(name)?;
    let millis = value.as_str().and_then(|text| text.parse::<i64>().ok());
    match millis {
        Some(millis) => fields.instant(name, &millis.into()),
        None => fields.instant(name, value),
    }
}

/// A part of a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// From [`Page::with_next`] rows: the surplus one is left out and its predecessor is the
    /// cursor.
    pub fn new<C>(mut items: Vec<T>, page: &Page<C>, cursor: impl FnOnce(&T) -> String) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| goes_on).map(cursor);
        Self { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page<i64>, Vec<(String, &'static str)>> {
        let document = parse(query);
        let page = document.and_then(|document| Page::of(&document, number));
        page.map_err(|problems| problems.into_iter().map(|p| (p.path, p.code)).collect())
    }

    #[test]
    fn a_page_has_a_size_and_a_place() {
        let read = |query| page(query).map(|page| (page.limit, page.after));
        assert_eq!(read(""), Ok((50, None)));
        assert_eq!(read("limit=200&cursor=7"), Ok((200, Some(7))));
    }

    #[test]
    fn garbage_in_the_query_is_named() {
        let refused = |query: &str| page(query).unwrap_err().remove(0);
        assert_eq!(refused("limit=0"), ("limit".into(), "out_of_bounds"));
        assert_eq!(refused("limit=201"), ("limit".into(), "out_of_bounds"));
        assert_eq!(refused("limit="), ("limit".into(), "out_of_bounds"));
        assert_eq!(refused("limit=%00%ff"), ("limit".into(), "out_of_bounds"));
        assert_eq!(refused("cursor=-1"), ("cursor".into(), "bad_cursor"));
        assert_eq!(refused("cursor=x"), ("cursor".into(), "bad_cursor"));
        assert_eq!(refused("page=2"), ("page".into(), "unknown_field"));
        assert_eq!(refused("limit=1&limit=2"), ("limit".into(), "repeated"));
    }

    #[test]
    fn the_surplus_row_tells_that_the_list_goes_on() {
        let page = Page::<i64> { limit: 2, after: None };
        let listing = Listing::new(vec![5, 4, 3], &page, ToString::to_string);
        assert_eq!((listing.items, listing.next_cursor), (vec![5, 4], Some("4".into())));
        let listing = Listing::new(vec![5, 4], &page, ToString::to_string);
        assert_eq!((listing.items, listing.next_cursor), (vec![5, 4], None));
    }
}
