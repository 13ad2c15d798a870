//! Reads rule files, tells what is wrong with them, and how long reading took.
//!
//! `cargo run --release -p rules --example load -- [--classes FILE] FILE...`
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring tool prints and reads the clock")]

use rules::{Classes, Reader, Ruleset, Settings, Severity};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--classes" {
            let file = arguments.next().ok_or("--classes needs a file")?;
            settings.classes = Classes::read(&file, &std::fs::read_to_string(&file)?).0;
        } else {
            files.push((std::fs::read(&argument)?, argument));
        }
    }
    let start = Instant::now();
    let mut reader = Reader::new(&settings);
    for (text, file) in &files {
        reader.read(file, text);
    }
    let reading = reader.finish();
    let read = start.elapsed();
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for diagnostic in &reading.diagnostics {
        *counts.entry(diagnostic.severity).or_default() += 1;
        println!("{diagnostic}");
    }
    let count = reading.rules.len();
    let start = Instant::now();
    std::hint::black_box(Ruleset::new(reading.rules, reading.names));
    println!("{count} rules read in {read:?}, grouped in {:?}; {counts:?}", start.elapsed());
    Ok(())
}
