//! The Worker's output: an ES module that imports its wasm, as workerd loads it.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// Writes `worker.js` and `worker_bg.wasm` into `output`, for the entry module to bundle.
///
/// The reset-state function and the abort handler are what lets the module make itself a fresh
/// instance after a trap, so that one panic does not take the isolate down with it.
pub fn generate(input: &Path, output: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("worker")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .module(true)?;
    bindgen.generate(output).with_context(|| format!("could not bind `{}`", input.display()))
}
