//! `fathom intel`: blacklists. Reading them is shared with `fathom report --intel`.

use crate::args::{InputArguments, IntelArguments, IntelCommand};
use crate::exit::Exit;
use crate::time::now_s;
use crate::{feeds, output, traffic};
use ::policy::{ListHits, list_hits};
use anyhow::{Context, Result, bail};
use enrich::intel::{Cleanliness, HitEntry, Intel, LISTS_MAX, Limits, List, load};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

pub(crate) fn run(arguments: &IntelArguments) -> Result<Exit> {
    match &arguments.command {
        IntelCommand::Check { files, logs, reading, json } => check(files, logs, reading, *json),
        IntelCommand::Update { urls, into, force, insecure } => feeds::update(urls, into, *force, *insecure),
        IntelCommand::Lookup { address, files } => lookup(*address, files),
    }
}

/// Reads lists and folders of them, compressed or not, and compiles them. A list that cannot be read is an error: who
/// names a blacklist wants it matched.
pub(crate) fn load_all(named: &[PathBuf]) -> Result<Intel> {
    let mut lists = Vec::new();
    for named in named {
        for file in files_of(named)? {
            lists.push(load_one(&file)?);
        }
    }
    if lists.len() > LISTS_MAX {
        bail!(
            "{} blacklists are more than the {LISTS_MAX} that can be told apart: put some into one file",
            lists.len()
        );
    }
    Ok(Intel::build(lists))
}

/// The files of a folder, whatever is below it; of a file itself.
pub(crate) fn files_of(named: &Path) -> Result<Vec<PathBuf>> {
    if !named.is_dir() {
        return Ok(vec![named.to_owned()]);
    }
    let found = source::discover(&[named.to_string_lossy().into_owned()], &source::Limits::default());
    if let Some(problem) = found.problems.first() {
        bail!("folder {problem}");
    }
    Ok(found.objects.iter().filter_map(|object| object.path()).map(Path::to_owned).collect())
}

fn load_one(file: &Path) -> Result<List> {
    let limits = Limits::default();
    let bytes = read_whole("blacklist", file, limits.bytes_max)?;
    // The folder says as much of a list as its name: ipsum/level3.txt.
    let parts: Vec<_> = file
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    Ok(load(&parts[parts.len().saturating_sub(2)..].join("/"), &bytes, &limits))
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

fn check(files: &[PathBuf], logs: &[String], reading: &InputArguments, as_json: bool) -> Result<Exit> {
    let intel = load_all(files)?;
    let hits = match logs {
        [] => Vec::new(),
        logs => list_hits(&intel, &traffic::read(logs, reading)?.0, &::policy::Limits::default()),
    };
    let checked: Vec<(&List, Cleanliness, Option<&ListHits>)> = (intel.lists().iter())
        .zip(intel.cleanliness(now_s()))
        .enumerate()
        .map(|(place, (list, cleanliness))| (list, cleanliness, hits.get(place)))
        .collect();
    let text = if as_json {
        let lists: Vec<Value> =
            checked.iter().map(|(list, cleanliness, hits)| json_of(list, cleanliness, *hits)).collect();
        format!("{:#}\n", Value::from(lists))
    } else {
        checked.iter().map(|(list, cleanliness, hits)| text_of(list, cleanliness, *hits)).collect()
    };
    output::print(&text)?;
    let is_useless =
        |list: &&List| list.report.entries == 0 && list.asns.is_empty() && list.report.suppressed_by_warning_list == 0;
    let unreadable = intel.lists().iter().any(|list| list.report.skipped_total() > 0);
    Ok(match (intel.lists().iter().all(|list| is_useless(&list)), unreadable) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Partial,
        (false, false) => Exit::Done,
    })
}

fn text_of(list: &List, cleanliness: &Cleanliness, hits: Option<&ListHits>) -> String {
    let mut text = format!(
        "{}: {}, {}, {} entries matched ({:?}, {:?}, {:?})\n",
        list.name,
        list.format.name(),
        cleanliness.grade.name(),
        cleanliness.effective,
        list.role,
        list.tier,
        list.topic
    );
    // Writing to a String cannot fail.
    if let Some(published) = list.published.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        let _ = writeln!(text, "            made {published}");
    }
    for remark in &cleanliness.remarks {
        let _ = writeln!(text, "            {}", remark.escape_debug());
    }
    if let Some(hits) = hits {
        text.push_str(&hits_text(hits));
    }
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

fn hits_text(hits: &ListHits) -> String {
    let ListHits {
        addresses,
        inbound_turned_away,
        inbound_answered,
        outbound_tried,
        outbound_answered,
        outbound_bytes,
        ..
    } = hits;
    let mut text = format!(
        "            would hit {addresses} addresses: {inbound_turned_away} turned away, {inbound_answered} answered here, \
         {outbound_tried} contacted from here ({outbound_answered} answered, {outbound_bytes} bytes)\n"
    );
    for one in &hits.outbound {
        let (edge, service, label) = (&one.edge, &one.service, one.label.escape_debug());
        let _ = writeln!(
            text,
            "            ! {} -> {} on {service}, {} records {label}",
            edge.client, edge.server, edge.records
        );
    }
    text
}

fn json_of(list: &List, cleanliness: &Cleanliness, hits: Option<&ListHits>) -> Value {
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
        "title": list.title,
        "made": list.published.and_then(|seconds| Timestamp::from_second(seconds).ok()).map(|time| time.to_string()),
        "age_days": cleanliness.age_days,
        "grade": cleanliness.grade.name(),
        "effective": cleanliness.effective,
        "expired": cleanliness.expired,
        "remarks": cleanliness.remarks,
        "hits": hits,
    })
}

fn lookup(address: IpAddr, files: &[PathBuf]) -> Result<Exit> {
    let intel = load_all(files)?;
    let mut bytes = Vec::with_capacity(16);
    table::push_address(address, &mut bytes);
    let hit = intel.lookup_at(&bytes, None, now_s());
    let mut text = match &hit {
        Some(hit) => format!(
            "{address} is listed by {} as {} ({:?}, {:?})\n",
            hit.lists().collect::<Vec<_>>().join(", "),
            hit.label().unwrap_or("an indicator"),
            hit.tier(),
            hit.topic()
        ),
        None if intel.lookup(&bytes).is_some() => format!("{address} was listed, and every entry has expired\n"),
        None => format!("{address} is on none of {} list(s)\n", intel.lists().len()),
    };
    // Where it comes from: also entries that have expired.
    for entry in intel.lookup(&bytes).iter().flat_map(|hit| hit.entries()) {
        text.push_str(&entry_text(&entry));
    }
    if let Some(list) = intel.suppressed_by(&bytes) {
        let _ = writeln!(text, "never matched: {} holds it", list.title.as_deref().unwrap_or(&list.name));
    }
    for list in intel.annotations(&bytes) {
        let _ = writeln!(text, "context: {}", list.title.as_deref().unwrap_or(&list.name));
    }
    output::print(&text)?;
    Ok(if hit.is_some() { Exit::Findings } else { Exit::Done })
}

/// One entry's provenance: list, line, and all it says.
fn entry_text(entry: &HitEntry<'_>) -> String {
    let mut text = format!("  {} line {}: {}", entry.list.name, entry.line, entry.prefix);
    if let Some(port) = entry.port {
        let _ = write!(text, " port {port}");
    }
    if let Some(label) = entry.label {
        let _ = write!(text, ", {}", label.escape_debug());
    }
    if let Some(score) = entry.score {
        let _ = write!(text, ", score {score}");
    }
    if let Some(end) = entry.valid_until.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        let _ = write!(text, ", until {end}");
    }
    text + "\n"
}
