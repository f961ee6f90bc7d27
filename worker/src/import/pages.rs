//! People on their way to the database: pages of up to 100, many pages a statement.

use crate::store::people::PAGE_MAX;

/// Bytes from which a page takes no more people. A row of D1 holds 2 MB, and one person, whose
/// record is bounded, at most 600 KB of them once every control character is escaped.
const PAGE_FULL: usize = 256 * 1024;

/// Bytes from which a batch is written: some 15,000 people with a name each. Half of what D1 takes
/// in one parameter, because the last page can be a large one.
const BATCH_FULL: usize = 1_000_000;

/// Collects people in the order of their ordinals.
#[derive(Debug)]
pub struct Pages {
    /// The ordinal of the next person.
    next: i64,
    /// How many people are on the open page.
    people: usize,
    page: String,
    batch: String,
}

impl Pages {
    /// Pages whose first person has the ordinal `first`.
    #[must_use]
    pub const fn new(first: i64) -> Self {
        Self { next: first, people: 0, page: String::new(), batch: String::new() }
    }

    /// Adds a person, a JSON text.
    pub fn push(&mut self, json: &str) {
        if self.people == PAGE_MAX || self.page.len() + json.len() > PAGE_FULL {
            self.close_page();
        }
        if self.people > 0 {
            self.page.push(',');
        }
        self.page.push_str(json);
        self.people += 1;
    }

    /// Whether enough is there for a statement.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_FULL
    }

    /// The pages that are complete, or all of them when it is the `last` call, in the form that
    /// [`crate::store::people::write`] takes. `None`: there are none.
    pub fn take(&mut self, last: bool) -> Option<String> {
        if last {
            self.close_page();
        }
        if self.batch.is_empty() {
            return None;
        }
        let mut batch = std::mem::replace(&mut self.batch, String::with_capacity(BATCH_FULL));
        batch.push(']');
        Some(batch)
    }

    fn close_page(&mut self) {
        if self.people == 0 {
            return;
        }
        let separator = if self.batch.is_empty() { "[" } else { "," };
        let (first, count) = (self.next.to_string(), self.people.to_string());
        for part in [separator, "[", &first, ",", &count, ",[", &self.page, "]]"] {
            self.batch.push_str(part);
        }
        self.next += i64::try_from(self.people).unwrap_or_default();
        self.people = 0;
        self.page.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// `(first, count)` of each page of a batch, whose people are counted.
    fn pages(batch: &str) -> Vec<(i64, usize)> {
        let pages: Vec<(i64, usize, Vec<Value>)> = serde_json::from_str(batch).unwrap();
        for (_, count, people) in &pages {
            assert_eq!(*count, people.len());
        }
        pages.iter().map(|page| (page.0, page.1)).collect()
    }

    #[test]
    fn a_page_has_up_to_a_hundred_people() {
        let mut waiting = Pages::new(150);
        assert_eq!(waiting.take(true), None);
        for _ in 0..250 {
            waiting.push("{}");
        }
        let complete = waiting.take(false).unwrap();
        assert_eq!(pages(&complete), [(150, 100), (250, 100)]);
        assert_eq!(waiting.take(false), None);
        assert_eq!(pages(&waiting.take(true).unwrap()), [(350, 50)]);
        assert_eq!(waiting.take(true), None);
    }

    #[test]
    fn a_batch_of_people_with_much_to_say_stays_below_the_bound_of_a_parameter() {
        let longest = format!("\"{}\"", "x".repeat(600_000));
        let long = format!("\"{}\"", "x".repeat(100_000));
        let mut waiting = Pages::new(0);
        for person in [&long, &long, &long, &longest, &long] {
            waiting.push(person);
            assert!(waiting.batch.len() < 2_000_000 - 700_000);
            if waiting.is_full() {
                waiting.take(false);
            }
        }
        waiting.take(true);
        let mut waiting = Pages::new(0);
        for person in [&long, &long, &long, &longest, &long] {
            waiting.push(person);
        }
        let batch = waiting.take(true).unwrap();
        assert_eq!(pages(&batch), [(0, 2), (2, 1), (3, 1), (4, 1)]);
    }
}
