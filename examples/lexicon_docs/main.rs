//! Prints docs/lexicons.md: `cargo run --example lexicon_docs > docs/lexicons.md`.

mod page;

fn main() {
    print!("{}", page::page());
}
