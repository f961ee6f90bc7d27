//! The start of a local server whose queue forgot what it held.

use serde_json::json;
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::start;
use tidegate_worker::model::Caller;
use tidegate_world::{TestWorld, instant, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";

#[test]
fn what_was_committed_before_a_crash_goes_at_its_instant_after_it() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &json!({ "kind": "sandbox" }));
    let id = world.campaign(1, 60, &json!({}));
    let asked = Asked { by: Caller::named("Ada"), version: None };
    ready(commands::schedule(&*world, &id, &asked, None, instant(NOON))).unwrap();
    // The first slice, 15 s long, is under way and held by the dead until its lease runs out.
    world.run_until("2026-11-24T12:00:25Z");
    world.crash();

    // Once a start is enough; twice does no harm.
    assert_eq!(ready(start::run(&*world)), Ok(3));
    assert_eq!(ready(start::run(&*world)), Ok(3));
    world.run_until("2026-11-24T12:01:19Z");
    let promised: Vec<i64> = (36..80).map(|second| ms(NOON) + second * 1000).collect();
    let posts = world.posts.borrow();
    let seen: Vec<i64> = posts.iter().map(|post| post.at).filter(|at| *at >= promised[0]).collect();
    assert_eq!(seen, promised);
}
