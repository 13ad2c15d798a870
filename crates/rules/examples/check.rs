//! Checks rule files as `fathom rules check` does; with `--explain SID` tells what a rule does instead.
//!
//! `cargo run --release -p rules --example check -- [--explain SID] FILE...`
#![expect(clippy::print_stdout, reason = "an example prints")]

use rules::{Reader, Settings, check, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let explained: Option<u32> = match arguments.next_if(|argument| argument == "--explain") {
        Some(_) => Some(arguments.next().ok_or("--explain needs a SID")?.parse()?),
        None => None,
    };
    let mut files = Vec::new();
    for path in arguments {
        files.push((std::fs::read(&path)?, path));
    }
    let settings = Settings::default();
    let Some(sid) = explained else {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(text, path)| (path.as_str(), text.as_slice())).collect();
        print!("{}", check(&files, &settings).text);
        return Ok(());
    };
    let mut reader = Reader::new(&settings);
    files.iter().for_each(|(text, path)| reader.read(path, text));
    let reading = reader.finish();
    for rule in reading.rules.iter().filter(|rule| rule.about.sid == sid) {
        print!("{}", explain(rule, &reading.names));
    }
    Ok(())
}
