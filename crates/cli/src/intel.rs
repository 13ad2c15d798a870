//! `fathom intel`: blacklists. Reading them is shared with `fathom report --intel`.

use crate::args::{IntelArguments, IntelCommand};
use crate::exit::Exit;
use crate::output;
use anyhow::{Context, Result, bail};
use enrich::intel::{Intel, Limits, List, load};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &IntelArguments) -> Result<Exit> {
    match &arguments.command {
        IntelCommand::Check { files, json } => check(files, *json),
        IntelCommand::Lookup { address, files } => lookup(*address, files),
    }
}

/// Reads lists, compressed or not, and compiles them. A list that cannot be read is an error: who
/// names a blacklist wants it matched.
pub(crate) fn load_all(files: &[PathBuf]) -> Result<Intel> {
    let lists = files.iter().map(|file| load_one(file)).collect::<Result<Vec<List>>>()?;
    Ok(Intel::build(lists))
}

fn load_one(file: &Path) -> Result<List> {
    let limits = Limits::default();
    let bytes = read_whole("blacklist", file, limits.bytes_max)?;
    Ok(load(&short_name(file), &bytes, &limits))
}

/// The file's name without its folders.
pub(crate) fn short_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// The bytes of a file, decompressed where it is compressed; `what` names it in errors.
pub(crate) fn read_whole(what: &str, file: &Path, bytes_max: usize) -> Result<Vec<u8>> {
    let names = [file.to_string_lossy().into_owned()];
    let found = source::discover(&names, &source::Limits::default());
    let Some(object) = found.objects.first() else {
        match found.problems.first() {
            Some(problem) => bail!("{what} {problem}"),
            None => bail!("{what} {} cannot be found", file.display()),
        }
    };
    let mut reader = object.open(&source::Limits::default())?;
    let mut bytes = Vec::new();
    while let Some(chunk) = reader.next_chunk().with_context(|| format!("{what} {}", file.display()))? {
        bytes.extend_from_slice(chunk);
        if bytes.len() > bytes_max {
            bail!("{what} {} is larger than {bytes_max} bytes", file.display());
        }
    }
    Ok(bytes)
}

fn check(files: &[PathBuf], as_json: bool) -> Result<Exit> {
    let intel = load_all(files)?;
    let text = if as_json {
        format!("{:#}\n", Value::from(intel.lists().iter().map(json_of).collect::<Vec<_>>()))
    } else {
        intel.lists().iter().map(text_of).collect()
    };
    output::print(&text)?;
    let is_useless = |list: &&List| list.entries.is_empty() && list.report.suppressed_by_warning_list == 0;
    let unreadable = intel.lists().iter().any(|list| list.report.skipped_total() > 0);
    Ok(match (intel.lists().iter().all(|list| is_useless(&list)), unreadable) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Partial,
        (false, false) => Exit::Done,
    })
}

fn text_of(list: &List) -> String {
    let mut text = format!(
        "{}: {}, {} entries matched ({:?}, {:?}, {:?})\n",
        list.name,
        list.format.name(),
        list.report.entries,
        list.role,
        list.tier,
        list.topic
    );
    // Writing to a String cannot fail.
    for (reason, count) in list.report.not_matched_by_reason() {
        let _ = writeln!(text, "  {count:>9} not matched: {reason}");
    }
    for (line, example) in &list.report.not_matched {
        let _ = writeln!(text, "            line {line}: {}", example.escape_debug());
    }
    for skipped in &list.report.skipped {
        for (line, example) in &skipped.first {
            let _ =
                writeln!(text, "            line {line}: {}: \"{}\"", skipped.reason.text(), example.escape_debug());
        }
    }
    text
}

fn json_of(list: &List) -> Value {
    let reasons: serde_json::Map<String, Value> =
        list.report.not_matched_by_reason().map(|(reason, count)| (reason.to_owned(), json!(count))).collect();
    json!({
        "name": list.name,
        "format": list.format.name(),
        "role": format!("{:?}", list.role),
        "tier": format!("{:?}", list.tier),
        "topic": format!("{:?}", list.topic),
        "lines": list.report.lines,
        "entries": list.report.entries,
        "not_matched": reasons,
    })
}

fn lookup(address: IpAddr, files: &[PathBuf]) -> Result<Exit> {
    let intel = load_all(files)?;
    let mut bytes = Vec::with_capacity(16);
    table::push_address(address, &mut bytes);
    let mut text = match intel.lookup(&bytes) {
        Some(hit) => format!(
            "{address} is listed by {} as {} ({}, {:?}, {:?}; line {})\n",
            hit.lists().collect::<Vec<_>>().join(", "),
            hit.label().unwrap_or("an indicator"),
            hit.prefix(),
            hit.tier(),
            hit.topic(),
            hit.line()
        ),
        None => format!("{address} is on none of {} list(s)\n", intel.lists().len()),
    };
    for list in intel.annotations(&bytes) {
        let _ = writeln!(text, "context: {}", list.title.as_deref().unwrap_or(&list.name));
    }
    output::print(&text)?;
    Ok(if intel.lookup(&bytes).is_some() { Exit::Findings } else { Exit::Done })
}
