//! Turns a compiled wasm crate into an ES module.
//!
//! ```text
//! tidegate-build worker target/…/tidegate_worker.wasm build/worker/bindgen
//! tidegate-build engine target/…/tidegate_wasm.wasm   pkg
//! ```
//!
//! It does what the `wasm-bindgen` command does, at the exact version the workspace's crates
//! are compiled against, and without fetching a binary from anywhere.

mod engine;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: tidegate-build worker|engine <input.wasm> <output folder>";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tidegate-build: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let (Some(shape), Some(input), Some(output), None) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        bail!(USAGE);
    };
    let (input, output) = (PathBuf::from(input), PathBuf::from(output));
    match shape.as_str() {
        "worker" => worker::generate(&input, &output),
        "engine" => engine::generate(&input, &output),
        _ => bail!("no output of shape `{shape}`; {USAGE}"),
    }
}
