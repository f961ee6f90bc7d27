//! `/attachments`: images and files that messages carry; `/files/{token}`: where providers fetch them.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tidegate::Problem;
use worker::send::SendFuture;

use super::api::{About, File, Kept, NoContent, Repeat, Routes};
use super::asked::{Paged, content as asked};
use super::caller::{Operator, Viewer};
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure, body};
use crate::callback::Signer;
use crate::content::attachments::{BYTES_MOST, SHOWN, media_type};
use crate::jobs::attachments as jobs;
use crate::ports::{Files, World};
use crate::store::Database;
use crate::store::attachments::{self, AttachmentRow, NewAttachment};

/// How long after a campaign's end what it carries may still be fetched, in ms: longer than any
/// provider tries to deliver a message.
const LINK_MS: i64 = 7 * 86_400_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("attachments", "Images and files that messages carry.")
        .post(
            "/attachments",
            upload::<W>,
            About::new("uploadAttachment", "Keep a file that messages are to carry")
                .says(
                    "Its bytes say what it is, not the content type. The same bytes under the same \
                     name are one attachment, so this may be repeated.",
                )
                .filters::<asked::FileName>()
                .takes("application/octet-stream")
                .repeated(Repeat::Harmless),
        )
        .get(
            "/attachments",
            list::<W>,
            About::new("listAttachments", "List the attachments, newest first").filters::<Paged>(),
        )
        .get("/attachments/{id}", show::<W>, About::new("getAttachment", "Show an attachment"))
        .delete(
            "/attachments/{id}",
            remove::<W>,
            About::new("deleteAttachment", "Take an attachment away that no campaign carries")
                .conflicts(&["in_use"]),
        )
        .get(
            "/attachments/{id}/file",
            file::<W>,
            About::new("getAttachmentFile", "Read the bytes of an attachment"),
        )
        .get(
            "/files/{token}",
            fetch::<W>,
            About::new(
                "fetchFile",
                "Read the bytes of an attachment by the link that is handed out",
            )
            .says("The address comes with the message and is the authorisation, for a while."),
        )
}

/// An attachment, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    id: String,
    file_name: String,
    media_type: String,
    bytes: i64,
    sha256: String,
    created_at: i64,
    by: String,
}

impl From<AttachmentRow> for Attachment {
    fn from(row: AttachmentRow) -> Self {
        Self {
            id: row.id,
            file_name: row.file_name,
            media_type: row.media_type,
            bytes: row.bytes,
            sha256: row.sha256,
            created_at: row.created_ms,
            by: row.by_whom,
        }
    }
}

#[worker::send]
async fn upload<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Query(query): Query,
    request: Request<Body>,
) -> Result<Kept<Attachment>, Failure> {
    let file_name = parse(&query)?;
    let (parts, sent) = request.into_parts();
    let bytes = SendFuture::new(body::read(&parts.headers, sent, BYTES_MOST)).await?;
    if bytes.is_empty() {
        return Err(refused("empty", "the file is empty; send its bytes as the body"));
    }
    if body::stated_length(&parts.headers)
        .is_some_and(|stated| u64::try_from(bytes.len()) != Ok(stated))
    {
        return Err(Failure::malformed("the file broke off; send it again"));
    }
    let Some(media_type) = media_type(&bytes) else {
        return Err(refused(
            "unknown_media_type",
            "the file is none of the images, sounds, films and documents that are taken; send it \
             in another form, such as PDF",
        ));
    };
    let id = format!("att_{}", app.world.token());
    let new = NewAttachment {
        id: &id,
        team_id: key.team_id(),
        sha256: &hex(&Sha256::digest(&bytes)),
        file_name: &file_name,
        media_type,
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        by: &key.name,
        now_ms: app.now.millis(),
    };
    let row = jobs::keep(&*app.world, &key.caller(), &new, bytes).await?;
    Ok(Kept { is_new: row.id == id, is_repeated: false, kept: row.into() })
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Attachment>>, Failure> {
    let page = Page::of(&query, number)?;
    let statement = attachments::page(key.team_id(), page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<AttachmentRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    let items = rows.items.into_iter().map(Attachment::from).collect();
    Ok(Json(Listing { items, next_cursor: rows.next_cursor }))
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Attachment>, Failure> {
    Ok(Json(find(&app, key.team_id(), &id).await?.into()))
}

#[worker::send]
async fn remove<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
) -> Result<NoContent, Failure> {
    jobs::remove(&*app.world, &key.caller(), &id, app.now).await?;
    Ok(NoContent)
}

#[worker::send]
async fn file<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<File, Failure> {
    let row = find(&app, key.team_id(), &id).await?;
    bytes_of(&app, row).await
}

/// For whoever was given the link: it says what it opens, and for which campaign.
#[worker::send]
async fn fetch<W: World + 'static>(app: App<W>, Id(token): Id) -> Result<File, Failure> {
    let gone = || Failure::not_found("no such file, or its link is over");
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let (campaign_seq, seq) = signer.file(&token).ok_or_else(gone)?;
    let carried = attachments::carried(campaign_seq, seq, app.now.millis() - LINK_MS);
    let row = app.db().run(carried).await?.first::<AttachmentRow>()?;
    bytes_of(&app, row.ok_or_else(gone)?).await
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<AttachmentRow, Failure> {
    let row = app.db().run(attachments::by_id(team_id, id)).await?.first::<AttachmentRow>()?;
    row.ok_or_else(|| Failure::not_found("no such attachment"))
}

/// The bytes, so that no browser takes them for anything but what they were found to be: a picture
/// is shown, everything else is saved. That nothing in it runs is in the headers of every answer.
async fn bytes_of<W: World>(app: &App<W>, row: AttachmentRow) -> Result<File, Failure> {
    let bytes = app.world.read(&row.id).await.map_err(Failure::unavailable)?;
    let bytes = bytes.ok_or_else(|| Failure::unavailable(format!("`{}` has no bytes", row.id)))?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&row.media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let is_shown = SHOWN.contains(&row.media_type.as_str());
    let how = if is_shown { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename*=UTF-8''{}", encoded(&row.file_name));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(File(response))
}

/// A name as RFC 8187 (section 3.2) has it in a header.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.extend([byte >> 4, byte & 15].map(|half| digit(half).to_ascii_uppercase()));
        }
        text
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15].map(digit)).collect()
}

/// A digit below 16, in hex.
fn digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or_default()
}

fn refused(code: &'static str, message: &str) -> Failure {
    Failure::invalid(vec![Problem { path: String::new(), code, message: message.to_owned() }])
}

/// The name that the recipients see, without the folders that it came from.
fn parse(query: &Value) -> Result<String, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let name = fields.required("file_name");
    let name = name.and_then(|value| fields.text("file_name", value, NAME_MOST));
    let name = name.map(|name| {
        name.rsplit(['/', '\\']).next().unwrap_or_default().trim_start_matches('.').to_owned()
    });
    if name.as_ref().is_some_and(String::is_empty) {
        fields.refuse("file_name", "empty", "has no name behind its folder; write one");
    }
    fields.finish(name.filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_the_last_part_of_a_path_and_stays_in_its_header() {
        let name = |text: &str| parse(&serde_json::json!({ "file_name": text })).ok();
        assert_eq!(name("C:\\photos\\a.jpg").as_deref(), Some("a.jpg"));
        assert_eq!(name("../../x").as_deref(), Some("x"));
        assert_eq!(name("photos/"), None);
        assert_eq!(encoded("Größe \"1\".pdf\r\n"), "Gr%C3%B6%C3%9Fe%20%221%22.pdf%0D%0A");
    }
}
