//! Prints the OpenAPI document of the API.

use tidegate_worker::http::openapi;
use tidegate_world::TestWorld;

fn main() {
    println!("{:#}", openapi::<TestWorld>());
}
