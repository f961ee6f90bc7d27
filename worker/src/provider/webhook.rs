//! A provider behind an address: a POST of JSON, the message's id as its idempotency key.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect, Response,
};

use super::verdict::{BODY_MAX, HttpAnswer, verdict};
use crate::model::{Outcome, Outgoing};
use crate::ports::Clock;

/// How long an answer may take, body included.
const TIME_OUT: Duration = Duration::from_secs(30);

/// POSTs a message to `url`. `deduplicates`: whether the other end honours `Idempotency-Key`.
pub async fn hand_over(
    clock: &impl Clock,
    url: &str,
    deduplicates: bool,
    message: &Outgoing,
) -> Outcome {
    let request = match request(url, message) {
        Ok(request) => request,
        // Nothing was sent yet, and sending it again would not help.
        Err(error) => {
            return Outcome::Refused {
                reason: "no_such_endpoint",
                detail: format!("no request can be made of `{url}`: {error}"),
            };
        }
    };
    let abort = AbortController::default();
    let signal = abort.signal();
    let answer = pin!(answer(request, &signal));
    match select(answer, pin!(Delay::from(TIME_OUT))).await {
        Either::Left((Ok(answer), _)) => verdict(&answer, deduplicates, clock.now()),
        Either::Left((Err(error), _)) => {
            Outcome::Unclear { detail: format!("the connection failed: {error}") }
        }
        Either::Right(_) => {
            abort.abort();
            Outcome::Unclear { detail: format!("no answer within {} s", TIME_OUT.as_secs()) }
        }
    }
}

fn request(url: &str, message: &Outgoing) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("idempotency-key", &message.id)?;
    headers.set("user-agent", concat!("tidegate/", env!("CARGO_PKG_VERSION")))?;
    let body = serde_json::to_string(message)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(body.into()));
    Request::new_with_init(url, &init)
}

async fn answer(request: Request, signal: &AbortSignal) -> worker::Result<HttpAnswer> {
    let mut response = Fetch::Request(request).send_with_signal(signal).await?;
    let header = |name| response.headers().get(name).ok().flatten();
    Ok(HttpAnswer {
        status: response.status_code(),
        retry_after: header("retry-after"),
        location: header("location"),
        body: beginning(&mut response).await,
    })
}

/// The first [`BODY_MAX`] bytes. The status has been decided: a body that breaks off changes
/// nothing.
async fn beginning(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = response.stream() {
        while let Some(Ok(piece)) = stream.next().await {
            bytes.extend_from_slice(&piece);
            if bytes.len() >= BODY_MAX {
                bytes.truncate(BODY_MAX);
                break;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
