//! What may be attached to a message, by what the file is and by what its channel takes.
//!
//! What a file is, its bytes say: neither its name nor what the uploader calls it is believed. A
//! file that a browser would run (HTML, SVG, a script) is not taken at all.

use crate::model::Channel;

/// Bytes of one attachment, at most. It is held in memory whole while it is looked at, and a Worker
/// has 128 MB for all that it does at once; `WhatsApp` itself takes documents of up to 100 MB.
pub const BYTES_MOST: usize = 20 * MB;
/// Attachments of one message, at most: what Twilio takes of one MMS.
pub const COUNT_MOST: usize = 10;

const MB: usize = 1024 * 1024;

/// What kind of thing a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Image,
    Video,
    Audio,
    Document,
}

/// What is taken: the media type, its class, and whether phones take it as part of an MMS.
const TAKEN: [(&str, Class, bool); 21] = [
    ("image/jpeg", Class::Image, true),
    ("image/png", Class::Image, true),
    ("image/gif", Class::Image, true),
    ("image/webp", Class::Image, false),
    ("video/mp4", Class::Video, true),
    ("video/3gpp", Class::Video, true),
    ("audio/mpeg", Class::Audio, true),
    ("audio/ogg", Class::Audio, true),
    ("audio/amr", Class::Audio, true),
    ("audio/m4a", Class::Audio, true),
    ("audio/aac", Class::Audio, true),
    ("application/pdf", Class::Document, true),
    ("text/vcard", Class::Document, true),
    ("text/calendar", Class::Document, true),
    ("text/plain", Class::Document, false),
    ("application/msword", Class::Document, false),
    ("application/vnd.ms-excel", Class::Document, false),
    ("application/vnd.ms-powerpoint", Class::Document, false),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Class::Document,
        false,
    ),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Class::Document, false),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Class::Document,
        false,
    ),
];

/// Media types that a browser shows in place without any risk; all others are downloads.
pub const SHOWN: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The media type of a file, by its bytes; none where it is nothing that is taken.
#[must_use]
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let named = |name: &str| TAKEN.iter().map(|(known, ..)| *known).find(|known| *known == name);
    if let Some(kind) = infer::get(bytes) {
        return named(kind.mime_type());
    }
    let text = str::from_utf8(bytes).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins =
        |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if text.is_empty()
        || text.contains(is_unprintable)
        || begins("<")
        || begins("#!")
        || begins("%!")
    {
        return None;
    }
    named(if begins("BEGIN:VCARD") {
        "text/vcard"
    } else if begins("BEGIN:VCALENDAR") {
        "text/calendar"
    } else {
        "text/plain"
    })
}

/// Control characters that no text has.
const fn is_unprintable(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}')
}

/// What the bounds look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The media type that [`media_type`] found.
    pub media_type: &'a str,
    /// Bytes.
    pub bytes: usize,
}

/// Why a channel does not take these attachments: which one (none: all together), a code, and a
/// sentence. The bounds are those of the channel, or of the providers that most senders use:
///
/// - `sms`, as MMS: 5 MB in all, and no office files (Twilio, "Accepted content types for media").
/// - `whatsapp`: images 5 MB, video and audio 16 MB, documents 100 MB (Meta, Cloud API, "Supported
///   media types"); a WebP image would be a sticker.
/// - `email`: 20 MB in all, so that with the third that Base64 adds most mailboxes take it.
/// - `direct`: images 8 MB, the rest 25 MB (Meta, Messenger Platform, "Send API").
#[must_use]
pub fn refusals(
    channel: Channel,
    files: &[Facts<'_>],
) -> Vec<(Option<usize>, &'static str, String)> {
    let mut refusals = Vec::new();
    let mut refuse = |index, code, message| refusals.push((index, code, message));
    for (index, file) in files.iter().enumerate() {
        let taken = TAKEN.iter().find(|(name, ..)| *name == file.media_type);
        let Some(&(name, class, by_mms)) = taken else { continue };
        let is_taken = match channel {
            Channel::Sms => by_mms,
            Channel::Whatsapp => name != "image/webp" && name != "image/gif",
            Channel::Email => true,
            Channel::Direct => class != Class::Document,
        };
        if !is_taken {
            let channel = channel.name();
            let message =
                format!("is `{name}`, which `{channel}` does not take; attach another form of it");
            refuse(Some(index), "not_taken_by_channel", message);
        } else if let Some(most) = most_of_one(channel, class).filter(|most| file.bytes > *most) {
            let message = format!(
                "has {} bytes, and `{}` takes {most} at most; make it smaller",
                file.bytes,
                channel.name()
            );
            refuse(Some(index), "too_large", message);
        }
    }
    let all: usize = files.iter().map(|file| file.bytes).sum();
    if let Some(most) = most_of_all(channel).filter(|most| all > *most) {
        let message = format!(
            "have {all} bytes together, and `{}` takes {most} at most; leave some out",
            channel.name()
        );
        refuse(None, "too_large", message);
    }
    refusals
}

const fn most_of_one(channel: Channel, class: Class) -> Option<usize> {
    match (channel, class) {
        (Channel::Whatsapp, Class::Image) => Some(5 * MB),
        (Channel::Whatsapp, Class::Video | Class::Audio) => Some(16 * MB),
        (Channel::Whatsapp, Class::Document) => Some(100 * MB),
        (Channel::Direct, Class::Image) => Some(8 * MB),
        (Channel::Direct, _) => Some(25 * MB),
        (Channel::Sms | Channel::Email, _) => None,
    }
}

const fn most_of_all(channel: Channel) -> Option<usize> {
    match channel {
        Channel::Sms => Some(5 * MB),
        Channel::Email => Some(20 * MB),
        Channel::Whatsapp | Channel::Direct => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_say_what_a_file_is() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0\x00\x10JFIF"), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some("image/png"));
        assert_eq!(media_type(b"GIF89a\x01\0\x01\0"), Some("image/gif"));
        assert_eq!(media_type(b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(media_type(b"begin:vcard\r\nVERSION:4.0"), Some("text/vcard"));
        assert_eq!(media_type(b"BEGIN:VCALENDAR\r\n"), Some("text/calendar"));
        assert_eq!(media_type("Größe,1\n".as_bytes()), Some("text/plain"));
    }

    #[test]
    fn what_could_run_is_nothing_that_is_taken() {
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"[..],
            b"\xef\xbb\xbf  <!DOCTYPE html><script>",
            b"<?xml version='1.0'?><svg/>",
            b"<script>alert(1)</script>",
            b"#!/bin/sh\n",
            b"MZ\x90\0\x03\0",
            b"\x7fELF\x02\x01\x01",
            b"PK\x03\x04 an archive",
            b"",
            b"   ",
            b"a\0b",
            b"\xff\xfe\x41\x00",
        ] {
            assert_eq!(media_type(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn every_channel_has_its_bounds() {
        let codes = |channel, files: &[(&'static str, usize)]| {
            let facts: Vec<Facts<'_>> =
                files.iter().map(|&(media_type, bytes)| Facts { media_type, bytes }).collect();
            let refusals = refusals(channel, &facts);
            refusals.into_iter().map(|(index, code, _)| (index, code)).collect::<Vec<_>>()
        };
        let jpeg = |bytes| ("image/jpeg", bytes);
        assert_eq!(codes(Channel::Sms, &[jpeg(5 * MB)]), []);
        assert_eq!(codes(Channel::Sms, &[jpeg(3 * MB), jpeg(2 * MB + 1)]), [(None, "too_large")]);
        assert_eq!(
            codes(Channel::Sms, &[("application/msword", 1)]),
            [(Some(0), "not_taken_by_channel")]
        );
        assert_eq!(
            codes(Channel::Whatsapp, &[jpeg(5 * MB), jpeg(5 * MB + 1)]),
            [(Some(1), "too_large")]
        );
        assert_eq!(
            codes(Channel::Whatsapp, &[("image/webp", 1)]),
            [(Some(0), "not_taken_by_channel")]
        );
        assert_eq!(codes(Channel::Whatsapp, &[("application/pdf", 20 * MB)]), []);
        assert_eq!(codes(Channel::Email, &[jpeg(20 * MB)]), []);
        assert_eq!(
            codes(Channel::Email, &[jpeg(20 * MB), ("text/plain", 1)]),
            [(None, "too_large")]
        );
        assert_eq!(codes(Channel::Direct, &[jpeg(8 * MB + 1)]), [(Some(0), "too_large")]);
        assert_eq!(
            codes(Channel::Direct, &[("application/pdf", 1)]),
            [(Some(0), "not_taken_by_channel")]
        );
    }
}
