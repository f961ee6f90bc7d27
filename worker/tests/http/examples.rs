//! Every route with the example that its document gives: it works, it can be sent twice, and its
//! reader takes what its shape takes.

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tidegate_worker::callback::Signer;
use tidegate_worker::ports::Callbacks;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, Draft, Reply, text};
use crate::contract::{DOCUMENT, Operation, operations};
use crate::{dead_letters, doubts, inbound, receipts};

const PEOPLE: &str = "phone,name\n+33612345678,Ada\n+33612345679,Bob\n";
const HOLIDAY: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Christmas\r\n\
    DTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const PICTURE: &[u8] = b"GIF89a\x01\0\x01\0";

/// A deployment in which an operation's example makes sense, and where it goes.
pub struct Scene {
    pub api: Api,
    path: String,
    operation: Operation,
    body: Option<Value>,
}

impl Scene {
    fn of(operation: Operation) -> Self {
        let api = Api::new();
        let draft = prepare(&api, operation.id());
        let path = path(&api, &operation, &draft);
        let body = operation.asks().map(|schema| example(&api, schema, &draft));
        Self { api, path, operation, body }
    }

    fn id(&self) -> &'static str {
        self.operation.id()
    }

    /// Sends the example, or another body, with a key or without.
    fn send(&self, key: Option<&str>, body: Option<&Value>) -> Reply {
        let content = self.operation.about.pointer("/requestBody/content");
        let content_type = content.and_then(|content| content.as_object()?.keys().next());
        let mut request = Request::builder()
            .method(self.operation.method.to_uppercase().as_str())
            .uri(format!("/api/v1{}", self.path))
            .header("authorization", format!("Bearer {ADMINISTRATOR}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type.as_str());
        }
        let body = match (content_type.map(String::as_str), body.or(self.body.as_ref())) {
            (Some("text/csv"), _) => Body::from(PEOPLE),
            (Some("text/calendar"), _) => Body::from(HOLIDAY),
            (Some("application/x-www-form-urlencoded"), _) => {
                Body::from("List-Unsubscribe=One-Click")
            }
            (Some("application/octet-stream"), _) => Body::from(PICTURE),
            (_, Some(body)) => Body::from(body.to_string()),
            _ => Body::empty(),
        };
        self.api.send(request.body(body).unwrap())
    }

    /// The same with the key that a recording has to have.
    fn send_plainly(&self, body: Option<&Value>) -> Reply {
        self.send((self.id() == "recordSends").then_some("one of its own"), body)
    }

    fn takes_a_key(&self) -> bool {
        let parameters = self.operation.about["parameters"].as_array().unwrap();
        parameters.iter().any(|p| p["$ref"] == "#/components/parameters/IdempotencyKey")
    }

    /// Everything that is kept, save the keys themselves.
    fn kept(&self) -> Vec<Value> {
        let tables = self.api.sql(sql!(
            "SELECT name FROM sqlite_schema WHERE type = 'table'
               AND name NOT IN ('idempotency', 'keys') ORDER BY name"
        ));
        let rows = |table: &Value| {
            let name = text(&table["name"]);
            let sql: &'static str = format!("SELECT * FROM {name}").leak();
            json!([name, self.api.sql(sql!(sql))])
        };
        tables.iter().map(rows).collect()
    }
}

fn prepare(api: &Api, id: &str) -> Draft {
    match id {
        "pauseCampaign" | "stopCampaign" | "resumeCampaign" => {
            let draft = api.draft(3);
            let at = json!({ "at": "2026-11-24T18:00:00Z" });
            api.act(&draft.campaign, "schedule", at).expect(200);
            if id == "resumeCampaign" {
                api.act(&draft.campaign, "pause", json!({})).expect(200);
            }
            draft
        }
        "confirmMessageSent" | "sendMessageAgain" | "confirmAllSent" | "sendAllAgain" => {
            doubts::in_doubt(api)
        }
        "releaseDeadLetter" => dead_letters::held(api),
        "discardDeadLetter" => {
            dead_letters::strange(api);
            api.draft(0)
        }
        "mergeContacts" | "takeSelection" | "countSelection" => {
            for number in ["+33612000098", "+33612000099"] {
                let address = json!([{ "channel": "sms", "address": number }]);
                let contact = json!({ "addresses": address, "tags": ["vip"] });
                api.post("/contacts", &contact).expect(201);
            }
            api.draft(3)
        }
        "receiveReceipt" | "receiveReceipts" | "sendSandboxReceipt" | "sendSandboxReply" => {
            receipts::sent(api)
        }
        "deleteOptOut" | "showOptOut" => {
            let address = json!({ "channel": "sms", "address": "+33612000000" });
            api.post("/opt-outs", &address).expect(201);
            api.draft(0)
        }
        "changeConversation" | "reviewInbound" | "receiveInbound" => {
            let draft = inbound::sent(api);
            let words = "please take me off your list";
            let message = json!({ "id": "p-1", "from": "+33612000000", "text": words });
            inbound::bring(api, &inbound::address(api, &draft), &message).expect(200);
            draft
        }
        "createResend" | "countResend" => receipts::sent(api),
        "showUnsubscribe" | "unsubscribe" => inbound::sent(api),
        "getReview" | "clearReview" | "refuseReview" => {
            let draft = api.draft(3);
            api.post("/words", &json!({ "kind": "word", "value": "hello" })).expect(201);
            api.act(&draft.campaign, "schedule", json!({})).expect(200);
            draft
        }
        _ => api.draft(3),
    }
}

fn picture(api: &Api) -> String {
    let kept = api.upload("/attachments?file_name=a.gif", "image/gif", PICTURE.to_vec());
    text(&kept.expect(201)["id"])
}

/// The token of a link to a picture.
fn link(api: &Api) -> String {
    picture(api);
    let signer = ready(Signer::load(api.world.database(), &*api.world, "")).unwrap();
    signer.file_token(1, 1)
}

fn path(api: &Api, operation: &Operation, draft: &Draft) -> String {
    let mut before = "";
    let filled: Vec<String> = operation
        .path
        .split('/')
        .map(|segment| {
            let value = match (before, segment) {
                ("campaigns", "{id}") => draft.campaign.clone(),
                ("senders", "{id}") => draft.sender.clone(),
                ("dead-letters", "{id}") => {
                    let held = api.call(ADMINISTRATOR, "GET", "/dead-letters", None);
                    text(&held.expect(200)["items"][0]["id"])
                }
                ("messages", "{id}") => format!("{}-0", draft.campaign),
                ("contacts", "{id}") => contact(api, 0),
                ("imports", "{id}") => {
                    let path = "/contacts/import?file_name=people.csv";
                    text(&api.upload(path, "text/csv", PEOPLE.into()).expect(200)["id"])
                }
                ("erasures", "{id}") => {
                    let address = json!({ "channel": "sms", "address": "+33612345678" });
                    let wanted = json!({ "addresses": [address] });
                    text(&api.post("/erasures", &wanted).expect(200)["id"])
                }
                (_, "{list}") => {
                    let path = format!("/campaigns/{}/lists", draft.campaign);
                    text(&api.get(&path).expect(200)["items"][0]["id"])
                }
                ("teams", "{id}") => "team_main".to_owned(),
                (_, "{user}") | ("users", "{id}") => "usr_tg_viewer".to_owned(),
                ("keys", "{id}") => "tg_viewer".to_owned(),
                (_, "{ordinal}") => "1".to_owned(),
                ("inbound", "{token}") => last(&inbound::address(api, draft)),
                ("inbound", "{id}") => {
                    text(&api.get("/inbound?review=open").expect(200)["items"][0]["id"])
                }
                ("unsubscribes", "{token}") => last(&api.world.unsubscribe_url(1, 0)),
                ("attachments", "{id}") => picture(api),
                ("words", "{id}") => {
                    let word = json!({ "kind": "word", "value": "hello" });
                    text(&api.post("/words", &word).expect(201)["id"])
                }
                ("reviews", "{id}") => text(&api.get("/reviews").expect(200)["items"][0]["id"]),
                ("files", "{token}") => link(api),
                (_, "{token}") => receipts::token(api, 0),
                (_, "{channel}") => "sms".to_owned(),
                (_, "{address}") => "%2B33612000000".to_owned(),
                (_, named) if named.starts_with('{') => panic!("{before}/{named}: fill it in here"),
                (_, other) => other.to_owned(),
            };
            before = segment;
            value
        })
        .collect();
    let query = match operation.id() {
        "importOptOuts" => "?channel=sms&file_name=people.csv",
        "listInbound" => "?review=open",
        "importRecipients" | "importContacts" => "?file_name=people.csv",
        "uploadAttachment" => "?file_name=a.gif",
        "getReport" | "getReportTable" => "?from=1&to=2",
        _ => "",
    };
    format!("{}{query}", filled.join("/"))
}

/// The last segment of an address.
fn last(url: &str) -> String {
    url.rsplit('/').next().unwrap().to_owned()
}

/// The id of a contact, of which there is one at least.
fn contact(api: &Api, place: usize) -> String {
    let found = api.get("/contacts").expect(200)["items"][place]["id"].clone();
    if found.is_string() {
        return text(&found);
    }
    let address = json!([{ "channel": "sms", "address": "+33612000097" }]);
    text(&api.post("/contacts", &json!({ "addresses": address })).expect(201)["id"])
}

/// The body that the document shows, for what is there.
fn example(api: &Api, schema: &Value, draft: &Draft) -> Value {
    let shown = |schema: &Value| schema["examples"].get(0).cloned();
    let named = |path: &str| DOCUMENT.pointer(&path[1..]).and_then(shown);
    let found = shown(schema).or_else(|| named(schema["$ref"].as_str()?));
    let found = found.unwrap_or_else(|| panic!("{schema}: has no example"));
    let mut shown = found
        .to_string()
        .replace("snd_example", &draft.sender)
        .replace("msg_example", &format!("{}-0", draft.campaign));
    if shown.contains("con_example") {
        shown = shown.replace("con_example", &contact(api, 1));
    }
    if shown.contains("token_example") {
        shown = shown.replace("token_example", &receipts::token(api, 0));
    }
    let mut body: Value = serde_json::from_str(&shown).unwrap();
    if body.get("version").is_some() {
        let is_of_sender = body.get("region").is_some();
        let path = if is_of_sender {
            format!("/senders/{}", draft.sender)
        } else {
            format!("/campaigns/{}", draft.campaign)
        };
        body["version"] = api.get(&path).expect(200)["version"].take();
    }
    body
}

fn is_fine(reply: &Reply) -> bool {
    reply.status.is_success()
}

/// The headers that a replayed answer has to have again.
fn told(headers: &HeaderMap) -> Vec<Option<String>> {
    let one = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    ["content-type", "location"].map(one).to_vec()
}

#[test]
fn every_example_works() {
    for operation in operations() {
        let scene = Scene::of(operation);
        let reply = scene.send_plainly(None);
        assert!(is_fine(&reply), "{}: {} {:#}", scene.id(), reply.status, reply.body);
    }
}

#[test]
fn every_write_that_is_sent_twice_with_its_key_is_done_once_and_answered_as_it_was() {
    let mut writes = 0;
    for operation in operations() {
        let scene = Scene::of(operation);
        if !scene.takes_a_key() {
            continue;
        }
        writes += 1;
        let id = scene.id();
        let once = scene.send(Some("first try"), None);
        assert!(is_fine(&once), "{id}: {:#}", once.body);
        let kept = scene.kept();
        let again = scene.send(Some("\"first try\""), None);
        assert_eq!(scene.kept(), kept, "{id} was done twice");
        assert_eq!(again.headers["idempotency-replayed"], "true", "{id}");
        assert!(!once.headers.contains_key("idempotency-replayed"), "{id}");
        // These two look at what there is, and say so by their status.
        if !["recordSends", "sendMessage"].contains(&id) {
            assert_eq!(again.status, once.status, "{id}");
            assert_eq!(told(&again.headers), told(&once.headers), "{id}");
        }
        assert_eq!(again.body, once.body, "{id}");
    }
    assert!(writes >= 15, "{writes}");
}

#[test]
fn every_reader_knows_the_fields_of_its_shape_and_no_others() {
    let mut read = 0;
    for operation in operations() {
        let scene = Scene::of(operation);
        let schema = scene.operation.asks().and_then(|schema| schema["$ref"].as_str());
        let schema = schema.map(|path| DOCUMENT.pointer(&path[1..]).unwrap());
        let Some(fields) = schema.and_then(|schema| schema["properties"].as_object()) else {
            continue;
        };
        // Those of the engine are held to their schema where it is.
        if scene.operation.about["tags"][0] == "engine" {
            continue;
        }
        let mut body = scene.body.clone().unwrap();
        body["no_such_field"] = json!(1);
        let reply = scene.send_plainly(Some(&body)).expect(422);
        let errors = reply["errors"].as_array().unwrap();
        let about = errors.iter().find(|error| error["path"] == "no_such_field").unwrap();
        let named = text(&about["message"]);
        let mut known: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        known.sort_unstable();
        assert_eq!(known, fields.keys().collect::<Vec<_>>(), "{}", scene.id());
        read += 1;
    }
    assert!(read >= 10, "{read}");
}

/// Each call is held against the shape by the client: see `contract`.
#[test]
fn every_reader_takes_what_its_shape_takes() {
    let others =
        [json!(null), json!(true), json!(7), json!("x"), json!([]), json!({}), json!(-1.5)];
    for operation in operations() {
        let scene = Scene::of(operation);
        let Some(body) = scene.body.clone() else { continue };
        for other in &others {
            scene.send_plainly(Some(other));
        }
        for place in places(&body) {
            for other in &others {
                let mut changed = body.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                scene.send_plainly(Some(&changed));
            }
            let mut shortened = body.clone();
            let (parent, name) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(fields)) = shortened.pointer_mut(parent) {
                fields.remove(name);
                scene.send_plainly(Some(&shortened));
            }
        }
    }
}

/// Every place in a document but the whole.
fn places(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![(String::new(), document)];
    while let Some((place, value)) = left.pop() {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (format!("{place}/{name}"), value)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(n, value)| (format!("{place}/{n}"), value)).collect()
            }
            _ => Vec::new(),
        };
        found.extend(inner.iter().map(|(place, _)| place.clone()));
        left.extend(inner);
    }
    found
}
