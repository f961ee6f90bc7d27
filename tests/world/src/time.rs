//! The virtual clock. It stands still while anything can run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;

/// The true time, which no job sees unless its own clock is right.
#[derive(Debug)]
pub struct Time {
    now: Cell<i64>,
    timers: RefCell<BTreeSet<i64>>,
}

impl Time {
    pub(crate) fn at(now: i64) -> Self {
        Self { now: Cell::new(now), timers: RefCell::default() }
    }

    /// Ms since 1970.
    pub fn now(&self) -> i64 {
        self.now.get()
    }

    pub(crate) fn set(&self, now: i64) {
        self.now.set(now);
    }

    /// Returns once it is `until`.
    pub async fn sleep(&self, until: i64) {
        self.sleep_or(until, || false).await;
    }

    /// Returns once it is `until`, or an event outside has made `woken` true.
    pub async fn sleep_or(&self, until: i64, woken: impl Fn() -> bool) {
        poll_fn(|_| {
            if self.now.get() >= until || woken() {
                return Poll::Ready(());
            }
            self.timers.borrow_mut().insert(until);
            Poll::Pending
        })
        .await;
    }

    /// Forgets who waits; whoever still does says so when polled again.
    pub(crate) fn forget_timers(&self) {
        self.timers.borrow_mut().clear();
    }

    pub(crate) fn first_timer(&self) -> Option<i64> {
        self.timers.borrow().first().copied()
    }
}
