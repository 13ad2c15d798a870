//! Labelled flow records as a cloud's flow log.
//!
//! `cargo run -p testkit --example convert -- aws60|aws600|azure|gcp FILE OUT` writes `OUT`, and `OUT.labels` beside it.

use std::path::Path;
use testkit::convert::{Cloud, connections, convert};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file, out] = arguments.as_slice() else {
        eprintln!("usage: convert aws60|aws600|azure|gcp FILE OUT");
        return Ok(());
    };
    let Some((_, cloud)) = Cloud::MEASURED.into_iter().find(|(known, _)| known == name) else {
        eprintln!("{name} is no conversion: aws60, aws600, azure or gcp");
        return Ok(());
    };
    let converted = convert(&connections(&testkit::decode(Path::new(file))), cloud);
    std::fs::write(out, &converted.object)?;
    std::fs::write(format!("{out}.labels"), &converted.labels)
}
