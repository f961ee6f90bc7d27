//! A random request, chosen byte by byte, answered by the engine and by the slow evaluator.
#![no_main]

#[path = "../../tests/oracle/agreement.rs"]
mod agreement;

use libfuzzer_sys::fuzz_target;
use tidegate::request::parse_plan;
use tidegate_oracle::generator;

fuzz_target!(|bytes: &[u8]| {
    let request = generator::piece_of_bytes(bytes);
    assert!(parse_plan(&request).is_ok(), "{:?} in {request}", parse_plan(&request));
    let agreed = agreement::disagreement(&request).is_none();
    assert!(agreed, "{}", agreement::smallest(&request));
});
