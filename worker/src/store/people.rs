//! The people of a campaign, in pages.

use serde::Deserialize;

use super::{Answer, Statement, StoreError};
use crate::sql;

/// People of one page, at most: what the schema allows.
pub const PAGE_MAX: usize = 100;

/// Writes pages, `[[first, count, [person, ...]], ...]`, while the importer's token holds. It
/// changes no row when the token is someone else's now. Repeating it does no harm.
#[must_use]
pub fn write(campaign_seq: i64, token: &str, pages: String) -> Statement {
    sql!(
        "INSERT OR REPLACE INTO people (campaign_seq, first, count, people)
         SELECT c.seq, page.value ->> 0, page.value ->> 1, page.value -> 2
         FROM campaigns c, json_each(?3) page
         WHERE c.seq = ?1 AND c.import_token = ?2",
        campaign_seq,
        token,
        pages,
    )
}

/// The addresses of the people from ordinal `first` up to `end`, which are where pages begin.
#[must_use]
pub fn addresses(campaign_seq: i64, first: i64, end: i64) -> Statement {
    sql!(
        "SELECT first, count,
                (SELECT json_group_array(value ->> 'to') FROM json_each(p.people)) AS addresses
         FROM people p
         WHERE campaign_seq = ?1 AND first >= ?2 AND first < ?3
         ORDER BY first LIMIT ?4",
        campaign_seq,
        first,
        end,
        ADDRESS_PAGES,
    )
}

/// Up to `most` pages from the one that holds ordinal `from` on, before `end`:
/// [`super::handovers::PageRow`]s in order.
#[must_use]
pub fn pages(campaign_seq: i64, from: i64, end: i64, most: i64) -> Statement {
    sql!(
        "SELECT first, people FROM people
         WHERE campaign_seq = ?1 AND first > ?2 - 100 AND first + count > ?2 AND first < ?3
         ORDER BY first LIMIT ?4",
        campaign_seq,
        from,
        end,
        most,
    )
}

/// The first page before `end` that has `text` in it, from the one that holds ordinal `from` on:
/// for one person among many, when nothing else is known of them than their address.
#[must_use]
pub fn page_with(campaign_seq: i64, text: &str, from: i64, end: i64) -> Statement {
    sql!(
        "SELECT first, people FROM people
         WHERE campaign_seq = ?1 AND first > ?2 - 100 AND first + count > ?2 AND first < ?3
           AND instr(people, ?4) > 0
         ORDER BY first LIMIT 1",
        campaign_seq,
        from,
        end,
        text,
    )
}

/// Pages that one query for addresses brings, at most.
pub const ADDRESS_PAGES: i64 = 200;

/// What [`addresses`] gave, and the ordinal to go on from; `None`: that was all.
///
/// # Errors
/// [`StoreError::Failed`] when a page cannot be read.
pub fn addresses_of(answer: Answer) -> Result<(Vec<String>, Option<i64>), StoreError> {
    #[derive(Deserialize)]
    struct Row {
        first: i64,
        count: i64,
        addresses: String,
    }
    let mut addresses = Vec::new();
    let mut next = None;
    for row in answer.all::<Row>()? {
        let page: Vec<String> = serde_json::from_str(&row.addresses)
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        addresses.extend(page);
        next = Some(row.first + row.count);
    }
    Ok((addresses, next))
}
