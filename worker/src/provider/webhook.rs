//! A provider behind an address: a POST of JSON, the message's id as its idempotency key.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::{
    AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
};

use super::address::without;
use super::fate::fate;
use super::verdict::{BODY_MAX, HttpAnswer, verdict};
use crate::model::{Found, Outcome, Outgoing};
use crate::ports::Clock;

/// How long an answer may take, body included.
const TIME_OUT: Duration = Duration::from_secs(30);
/// How long the body of an answer may take beyond that of its headers.
const BODY_TIME_OUT: Duration = Duration::from_secs(5);
/// How long the answer to a question may take: it is asked again.
const LOOK_UP_TIME_OUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));

/// When the rules forbid a message to be delivered any more, ms since 1970.
const EXPIRES: &str = "tidegate-expires-at";

/// POSTs a message to `url`. Its body is the same whenever it is repeated. `deduplicates`: whether the other end honours `Idempotency-Key`.
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
                detail: no_request(&error, url),
            };
        }
    };
    match answer_within(request, url, TIME_OUT).await {
        Ok(answer) => verdict(&answer, deduplicates, clock.now()),
        Err(detail) => Outcome::Unclear { detail },
    }
}

/// Asks at `url` what became of a message.
pub async fn look_up(url: &str) -> Found {
    let answer = match question(url) {
        Ok(request) => answer_within(request, url, LOOK_UP_TIME_OUT).await,
        Err(error) => Err(no_request(&error, url)),
    };
    answer.map_or_else(|detail| Found::Unclear { detail }, |answer| fate(&answer))
}

fn no_request(error: &worker::Error, url: &str) -> String {
    format!(
        "no request can be made of the provider's address: {}",
        without(&error.to_string(), url)
    )
}

async fn answer_within(
    request: Request,
    url: &str,
    time_out: Duration,
) -> Result<HttpAnswer, String> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let mut over = pin!(Delay::from(time_out));
    let request = Fetch::Request(request);
    let mut response = {
        let response = pin!(request.send_with_signal(&signal));
        match select(response, over.as_mut()).await {
            Either::Left((response, _)) => response.map_err(|error| {
                format!("the connection failed: {}", without(&error.to_string(), url))
            })?,
            Either::Right(_) => {
                abort.abort();
                return Err(format!("no answer within {} s", time_out.as_secs()));
            }
        }
    };
    let header = |name| response.headers().get(name).ok().flatten();
    let (status, retry_after, location) =
        (response.status_code(), header("retry-after"), header("location"));
    // The status has decided: a body that does not come takes nothing of that back.
    let body = {
        let body = pin!(beginning(&mut response));
        match select(body, select(over, pin!(Delay::from(BODY_TIME_OUT)))).await {
            Either::Left((body, _)) => body,
            Either::Right(_) => {
                abort.abort();
                String::new()
            }
        }
    };
    Ok(HttpAnswer { url: url.to_owned(), status, retry_after, location, body })
}

fn question(url: &str) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    headers.set("user-agent", USER_AGENT)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers).with_redirect(RequestRedirect::Manual);
    Request::new_with_init(url, &init)
}

fn request(url: &str, message: &Outgoing) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("idempotency-key", &message.id)?;
    headers.set("user-agent", USER_AGENT)?;
    if let Some(at) = message.expires_at {
        headers.set(EXPIRES, &at.to_string())?;
    }
    let body = serde_json::to_string(message)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(body.into()));
    Request::new_with_init(url, &init)
}

/// The first [`BODY_MAX`] bytes. The status has been decided: a body that breaks off changes
/// nothing.
async fn beginning(response: &mut Response) -> String {
    // In one call: piece by piece is a quarter of all that a message costs in CPU time.
    if is_short(response.headers()) {
        return response.text().await.unwrap_or_default();
    }
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

/// Whether the body is known to fit: its length is said, and it does not grow by being unpacked.
fn is_short(headers: &Headers) -> bool {
    let header = |name| headers.get(name).ok().flatten();
    let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
    length.is_some_and(|length| length <= BODY_MAX) && header("content-encoding").is_none()
}
