//! Prints docs/status.md: `cargo run --example status_docs > docs/status.md`.

mod page;

fn main() {
    print!("{}", page::page());
}
