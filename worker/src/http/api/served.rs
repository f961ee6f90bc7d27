//! `/api/openapi.json`: the document as it is checked in. Anybody may read it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Made of the routes by `npm run openapi`; a test holds it to them.
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// Answers with the document.
pub async fn served() -> Response {
    let mut response = DOCUMENT.into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
