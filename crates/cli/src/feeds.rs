//! `fathom intel update`: lists fetched over HTTPS, each kept as a file with its marks of version beside it.
//!
//! **Threat: a list decides what is an alarm and what is not.** So nothing is fetched in the clear unless asked for, a
//! redirect may not lead out of HTTPS, sizes and times are bounded, and what holds no entry (the page of a portal, an
//! error) or suddenly less than half of them does not replace what is there.

use crate::exit::Exit;
use crate::file_output::write_file;
use crate::output;
use anyhow::{Context, Result, bail};
use enrich::intel::{Limits, load};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

/// Where the marks of versions are kept, in the folder of the lists.
const MARKS_FILE: &str = ".fathom-feeds.json";
/// How long one list may take.
const TIMEOUT: Duration = Duration::from_secs(120);
const REDIRECTS_MAX: u32 = 5;

/// What a server said of the version that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

/// What became of a list.
#[derive(Debug, PartialEq, Eq)]
enum Fetched {
    Unchanged,
    /// Entries before and now.
    Replaced(usize, usize),
}

/// Fetches every list; the exit code says whether all of them could be had.
pub(crate) fn update(urls: &[String], into: &Path, force: bool, insecure: bool) -> Result<Exit> {
    fs::create_dir_all(into).with_context(|| format!("cannot create {}", into.display()))?;
    let mut marks = read_marks(&into.join(MARKS_FILE));
    let agent = agent(insecure);
    let mut exit = Exit::Done;
    for argument in urls {
        let (name, url) = name_and_url(argument, insecure)?;
        match fetch(&agent, &name, url, into, &mut marks, force) {
            Ok(Fetched::Unchanged) => output::print(&format!("{name}: unchanged\n"))?,
            Ok(Fetched::Replaced(before, now)) => {
                output::print(&format!("{name}: {now} entries, {before} before\n"))?;
            }
            Err(error) => {
                exit = Exit::Partial;
                output::remark(&format!("fathom: {name}: {error:#}; what was there is kept"));
            }
        }
    }
    let text = serde_json::to_vec_pretty(&marks)?;
    write_file(&into.join(MARKS_FILE), |mut file| Ok(file.write_all(&text)?))?;
    Ok(exit)
}

fn agent(insecure: bool) -> Agent {
    Agent::config_builder()
        .https_only(!insecure)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(REDIRECTS_MAX)
        .http_status_as_error(false)
        .user_agent(concat!("fathom/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Marks that cannot be read only mean that everything is fetched again.
fn read_marks(path: &Path) -> BTreeMap<String, Mark> {
    fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// `name.txt=https://...`, or the last part of the URL's path as the name.
fn name_and_url(argument: &str, insecure: bool) -> Result<(String, &str)> {
    let named = argument.split_once('=').filter(|(name, _)| !name.contains(':'));
    let (name, url) = named.map_or((None, argument), |(name, url)| (Some(name), url));
    let is_allowed = url.starts_with("https://") || (insecure && url.starts_with("http://"));
    if !is_allowed {
        bail!("'{url}' is not fetched: lists come over https:// (http:// only with --insecure)");
    }
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let last = path.splitn(4, '/').nth(3).and_then(|path| path.rsplit('/').find(|part| !part.is_empty()));
    let name = match name.or(last) {
        Some(name) => name,
        None => bail!("'{url}' does not say how its file is to be called; write NAME={url}"),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.starts_with('.') || !name.bytes().all(is_plain) {
        bail!("'{name}' is no name for a file here: letters, digits, '.', '_' and '-' only; write NAME={url}");
    }
    Ok((name.to_owned(), url))
}

fn fetch(
    agent: &Agent,
    name: &str,
    url: &str,
    into: &Path,
    marks: &mut BTreeMap<String, Mark>,
    force: bool,
) -> Result<Fetched> {
    let path = into.join(name);
    let mut request = agent.get(url);
    if let Some(mark) = marks.get(name).filter(|mark| mark.url == url && path.exists()) {
        let headers = [("if-none-match", &mark.etag), ("if-modified-since", &mark.last_modified)];
        for (header, value) in headers.into_iter().filter_map(|(header, value)| Some((header, value.as_ref()?))) {
            request = request.header(header, value);
        }
    }
    let mut response = request.call().with_context(|| format!("cannot fetch {url}"))?;
    match response.status() {
        StatusCode::NOT_MODIFIED => return Ok(Fetched::Unchanged),
        StatusCode::OK => {}
        other => bail!("{url} answers {other}"),
    }
    let mark = mark_of(url, response.headers());
    let limits = Limits::default();
    let mut bytes = Vec::new();
    let body = response.body_mut().as_reader();
    body.take(limits.bytes_max as u64 + 1).read_to_end(&mut bytes).with_context(|| format!("{url} breaks off"))?;
    if bytes.len() > limits.bytes_max {
        bail!("{url} is larger than {} bytes", limits.bytes_max);
    }
    let replaced = judge(name, &bytes, &path, force)?;
    write_file(&path, |mut file| Ok(file.write_all(&bytes)?))?;
    marks.insert(name.to_owned(), mark);
    Ok(replaced)
}

fn mark_of(url: &str, headers: &HeaderMap) -> Mark {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Mark { url: url.to_owned(), etag: text("etag"), last_modified: text("last-modified") }
}

/// May the new list replace the one that is there?
fn judge(name: &str, bytes: &[u8], path: &Path, force: bool) -> Result<Fetched> {
    let entries = |bytes: &[u8]| {
        let list = load(name, bytes, &Limits::default());
        list.entries.len() + list.asns.len()
    };
    let (before, now) = (fs::read(path).map(|old| entries(&old)).unwrap_or(0), entries(bytes));
    if now == 0 {
        bail!("what came holds no entry of a list");
    }
    if now * 2 < before && !force {
        bail!("{now} entries, where there were {before}: less than half (--force takes it all the same)");
    }
    Ok(Fetched::Replaced(before, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers requests on loopback, one after the other, with what is given; returns what was asked.
    fn serve(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/lists/bad.txt", listener.local_addr().expect("an address"));
        let asked = std::thread::spawn(move || {
            let answer = |answer: String| {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
                    head.push(byte[0]);
                }
                stream.write_all(answer.as_bytes()).expect("a client that listens");
                String::from_utf8_lossy(&head).to_lowercase()
            };
            answers.into_iter().map(answer).collect()
        });
        (url, asked)
    }

    fn ok(body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    #[test]
    fn a_list_is_fetched_once_and_kept_when_what_comes_is_broken() {
        let folder = tempfile::tempdir().expect("a folder");
        let unchanged = "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned();
        let list = "192.0.2.1\n198.51.100.7\n203.0.113.9\n203.0.113.10\n203.0.113.11\n";
        let answers = vec![ok(list), unchanged, ok("<html>log in</html>"), ok("192.0.2.1\n"), ok("192.0.2.1\n")];
        let (url, asked) = serve(answers);
        let mut marks = BTreeMap::new();
        let agent = agent(true);
        let mut get = |force| fetch(&agent, "bad.txt", &url, folder.path(), &mut marks, force);
        assert_eq!(get(false).expect("a list"), Fetched::Replaced(0, 5));
        assert_eq!(get(false).expect("the same"), Fetched::Unchanged);
        assert!(get(false).expect_err("a page").to_string().contains("no entry"));
        assert!(get(false).expect_err("few").to_string().contains("less than half"));
        assert_eq!(fs::read_to_string(folder.path().join("bad.txt")).expect("the list"), list);
        assert_eq!(get(true).expect("few"), Fetched::Replaced(5, 1));
        let asked = asked.join().expect("the server");
        assert!(!asked[0].contains("if-none-match") && asked[1].contains("if-none-match: \"v1\""), "{asked:?}");
    }

    #[test]
    fn names_of_files_come_from_urls_and_stay_in_the_folder() {
        let cases = [
            ("https://a.example/x/list.txt?key=1", Some("list.txt")),
            ("mine.txt=https://a.example/", Some("mine.txt")),
            ("https://a.example/", None),
            ("https://a.example", None),
            ("../up=https://a.example/", None),
            ("http://a.example/list.txt", None),
            ("file:///etc/passwd", None),
        ];
        for (argument, name) in cases {
            assert_eq!(name_and_url(argument, false).ok().map(|(name, _)| name).as_deref(), name, "{argument}");
        }
    }
}
