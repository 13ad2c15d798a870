//! From what the user typed to a list of objects.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Limits, Object, ObjectKind, Problem, Severity};

/// What the inputs stand for.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// What to read, each once, in the order of the inputs; within a folder or pattern by the bytes of the path.
    pub objects: Vec<Object>,
    /// What was asked for and is not there, and other things to know.
    pub problems: Vec<Problem>,
    /// Files and folders left out because their name begins with a dot.
    pub hidden: u64,
}

/// Finds the objects that `inputs` name: files, folders, glob patterns, or `-` for standard input.
///
/// It never fails: what cannot be found is a [`Problem`], and the rest is still read.
pub fn discover(inputs: &[String], limits: &Limits) -> Discovery {
    let mut finder = Finder { limits, found: Discovery::default(), seen: HashSet::new(), again: Vec::new() };
    for input in inputs {
        finder.input(input);
        finder.report_repeated(input);
        if finder.found.objects.len() > limits.objects_max {
            finder.report_too_many(input);
            break;
        }
    }
    finder.found
}

/// The state of one discovery.
struct Finder<'a> {
    limits: &'a Limits,
    found: Discovery,
    /// Canonical paths of all objects.
    seen: HashSet<PathBuf>,
    /// Names of this input's objects that an earlier input, or an earlier name, stood for already.
    again: Vec<String>,
}

/// Where objects may live that this version does not reach, and how to fetch from there.
const REMOTE: &[(&str, &str)] = &[
    ("s3://", "aws s3 cp --recursive {url} ./logs"),
    ("s3a://", "aws s3 cp --recursive {url} ./logs"),
    ("gs://", "gcloud storage cp --recursive {url} ./logs"),
    ("az://", "az storage blob download-batch --destination ./logs --source <container> --account-name <account>"),
    ("abfs://", "az storage blob download-batch --destination ./logs --source <container> --account-name <account>"),
    ("abfss://", "az storage blob download-batch --destination ./logs --source <container> --account-name <account>"),
    ("https://", "curl -LO {url}"),
    ("http://", "curl -LO {url}"),
];

impl Finder<'_> {
    fn input(&mut self, input: &str) {
        if input == "-" {
            return self.stdin();
        }
        if let Some((_, fetch)) = REMOTE.iter().find(|(scheme, _)| input.starts_with(scheme)) {
            let hint = format!("fetch it first: {}, then name ./logs", fetch.replace("{url}", input));
            let hint = if fetch.contains("./logs") { hint } else { hint.replace("./logs", "the file") };
            return self.problem("cannot read it", input, "this version reads local files only", &hint);
        }
        let path = Path::new(input.strip_prefix("file://").unwrap_or(input));
        match fs::metadata(path) {
            Ok(data) if data.is_dir() => self.folder(path),
            Ok(data) => self.file(path, &data),
            Err(error) if error.kind() == io::ErrorKind::NotFound && input.contains(['*', '?', '[']) => {
                self.pattern(input);
            }
            Err(error) => self.unreadable("cannot find the file", path, &error),
        }
    }

    fn stdin(&mut self) {
        if self.seen.insert(PathBuf::from("-")) {
            let name = "standard input".to_owned();
            self.found.objects.push(Object { name, kind: ObjectKind::Stdin, bytes: None });
        } else {
            self.again.push("standard input".to_owned());
        }
    }

    /// Adds a file, or anything else that is no folder.
    fn file(&mut self, path: &Path, data: &Metadata) {
        // Only a regular file is tried: opening a pipe would wait for its writer.
        if data.is_file()
            && let Err(error) = File::open(path)
        {
            return self.unreadable("cannot open the file", path, &error);
        }
        // A pipe of the shell, such as /dev/fd/63, has no canonical path.
        let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.display().to_string();
        if self.seen.insert(canonical) {
            let bytes = data.is_file().then_some(data.len());
            self.found.objects.push(Object { name, kind: ObjectKind::File(path.to_owned()), bytes });
        } else {
            self.again.push(name);
        }
    }

    /// Adds every file below a folder.
    fn folder(&mut self, root: &Path) {
        let problems_before = self.found.problems.len();
        let mut files = self.walk(root);
        if files.is_empty() && self.found.problems.len() == problems_before {
            let hint = "check the path; names that begin with a dot are left out";
            return self.problem("found nothing to read", &root.display().to_string(), "the folder has no files", hint);
        }
        files.sort_by(|(a, _), (b, _)| by_bytes(a, b));
        for (path, data) in &files {
            self.file(path, data);
        }
    }

    /// The regular files below `root`. Folders reached twice, as by a loop of links, are walked once.
    fn walk(&mut self, root: &Path) -> Vec<(PathBuf, Metadata)> {
        let (mut files, mut waiting, mut walked) = (Vec::new(), vec![(root.to_owned(), 0)], HashSet::new());
        while let Some((folder, depth)) = waiting.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unreadable("cannot read the folder", &folder, &error);
                    continue;
                }
            };
            if !walked.insert(fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone())) {
                continue;
            }
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            // Popped from the end, so that of two links to one folder the first by name stands for it.
            paths.sort_by(|a, b| by_bytes(b, a));
            for path in paths {
                if path.file_name().is_some_and(is_hidden) {
                    self.found.hidden += 1;
                    continue;
                }
                match fs::metadata(&path) {
                    Ok(data) if data.is_dir() && depth < self.limits.folder_depth_max => {
                        waiting.push((path, depth + 1));
                    }
                    Ok(data) if data.is_dir() => {
                        let why = format!("it is {depth} folders deep");
                        self.problem("folder left out", &path.display().to_string(), &why, "name it by itself");
                    }
                    Ok(data) if data.is_file() => files.push((path, data)),
                    // Sockets, devices and pipes in a folder are no logs.
                    Ok(_) => {}
                    Err(error) => self.unreadable("cannot read the file", &path, &error),
                }
            }
            if files.len() > self.limits.objects_max {
                break;
            }
        }
        files
    }

    /// Adds what a glob pattern matches.
    fn pattern(&mut self, pattern: &str) {
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let matches = match glob::glob_with(pattern, options) {
            Ok(matches) => matches,
            Err(error) => {
                let hint = "a pattern may use * ? [a-z] and **; put [ and ] around a character that is meant as it is";
                return self.problem("cannot understand the pattern", pattern, error.msg, hint);
            }
        };
        let mut paths = Vec::new();
        for path in matches {
            match path {
                Ok(path) => paths.push(path),
                Err(error) => self.unreadable("cannot read the folder", error.path(), error.error()),
            }
        }
        if paths.is_empty() {
            let hint = "check the spelling, and the folder you are in";
            return self.problem("found nothing to read", pattern, "no file matches the pattern", hint);
        }
        paths.sort_by(|a, b| by_bytes(a, b));
        for path in &paths {
            match fs::metadata(path) {
                Ok(data) if data.is_dir() => self.folder(path),
                Ok(data) => self.file(path, &data),
                Err(error) => self.unreadable("cannot read the file", path, &error),
            }
        }
    }

    fn report_repeated(&mut self, input: &str) {
        let again = std::mem::take(&mut self.again);
        let Some(first) = again.first() else {
            return;
        };
        self.found.problems.push(Problem {
            severity: Severity::Note,
            what: "named more than once, read once".to_owned(),
            path: input.to_owned(),
            why: match again.len() {
                1 => format!("{first} is already being read"),
                count => format!("{count} files are already being read, the first is {first}"),
            },
            hint: "nothing is missing".to_owned(),
        });
    }

    fn report_too_many(&mut self, input: &str) {
        let most = self.limits.objects_max;
        self.found.objects.truncate(most);
        let why = format!("there are more than {most} objects");
        self.problem("left out what is beyond the limit", input, &why, "name fewer, or raise the limit");
    }

    fn unreadable(&mut self, what: &str, path: &Path, error: &io::Error) {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the spelling, and the folder you are in",
            io::ErrorKind::PermissionDenied => "ask for permission to read it, or run as a user who may",
            _ => "check the disk or the mount",
        };
        self.problem(what, &path.display().to_string(), &error.to_string(), hint);
    }

    fn problem(&mut self, what: &str, path: &str, why: &str, hint: &str) {
        self.found.problems.push(Problem {
            severity: Severity::Error,
            what: what.to_owned(),
            path: path.to_owned(),
            why: why.to_owned(),
            hint: hint.to_owned(),
        });
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn by_bytes(a: &Path, b: &Path) -> std::cmp::Ordering {
    a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes())
}
