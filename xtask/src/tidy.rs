//! What the house demands, checked by program: layers, purity, file size, words.
//!
//! Every rule is one row of [`RULES`]; the test at the end runs them all over this repository.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first (ARCHITECTURE.md). A crate may depend only on crates of lower layers.
pub(crate) const LAYERS: &[&[&str]] = &[
    &["model"],
    &["table", "source", "enrich", "rowgroup", "capture", "wire"],
    &["flowlog", "flow", "applayer"],
    &["rules", "detect"],
    &["report", "engine", "policy"],
    &["query"],
    &["sensor"],
    &["ids"],
    &["cli"],
    &["testkit", "xtask"],
];

/// Crates without I/O, clock, threads or globals.
const PURE: &[&str] = &[
    "model", "table", "enrich", "rowgroup", "capture", "wire", "flowlog", "flow", "applayer", "rules", "detect",
    "report", "engine", "policy",
];

/// What a pure crate does not say outside of its tests.
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "std::env",
    "static mut",
    "std::io::stdin",
];

/// Words that say nothing, or that work was left undone.
const BANNED_WORDS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];
/// Names of files that say nothing.
const BANNED_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common", "manager"];

/// Lines of a source file; tests beside it count for themselves.
const FILE_LINES_MAX: usize = 800;
/// Bytes of a file in the repository: larger ones do not belong here.
const BLOB_BYTES_MAX: u64 = 1 << 20;

/// A rule: what it is about, and how it finds what breaks it.
type Rule = (&'static str, fn(&Repository) -> Result<Vec<String>>);

/// Every rule.
const RULES: &[Rule] = &[
    ("a crate depends only on lower layers", upward_dependencies),
    ("pure crates do no I/O and read no clock", impurities),
    ("source files can be held in mind", long_files),
    ("no unfinished work, no empty names", banned_words),
    ("nothing names a machine's path", machine_paths),
    ("no large blobs", large_blobs),
    ("one version of Arrow", arrow_versions),
];

/// The files of the repository.
pub(crate) struct Repository {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Repository {
    pub(crate) fn open() -> Result<Repository> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the repository")?.to_owned();
        let mut files = Vec::new();
        collect(&root, &mut files)?;
        files.sort();
        Ok(Repository { root, files })
    }

    fn shown(&self, file: &Path) -> String {
        file.strip_prefix(&self.root).unwrap_or(file).display().to_string()
    }

    fn with_ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = &'a PathBuf> {
        self.files.iter().filter(move |file| {
            file.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
        })
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_str(), Some("target" | ".git" | "data" | "corpus" | "artifacts")) {
            continue;
        }
        if entry.file_type()?.is_dir() { collect(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}

/// `cargo xtask tidy`
pub(crate) fn run() -> Result<()> {
    let repository = Repository::open()?;
    let mut broken = Vec::new();
    for (title, rule) in RULES {
        broken.extend(rule(&repository)?.into_iter().map(|what| format!("{title}: {what}")));
    }
    if broken.is_empty() { Ok(()) } else { bail!("{}", broken.join("\n")) }
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn upward_dependencies(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for manifest in repository.with_ending(&["toml"]).filter(|file| file.ends_with("Cargo.toml")) {
        let Some(name) = manifest.parent().and_then(|folder| folder.file_name()).and_then(|name| name.to_str()) else {
            continue;
        };
        let Some(own_layer) = layer(name) else { continue };
        let text = fs::read_to_string(manifest)?;
        let normal = text.split("[dev-dependencies]").next().unwrap_or_default();
        for dependency in LAYERS.concat() {
            let is_used = normal.lines().any(|line| line.starts_with(&format!("{dependency}.workspace")));
            if is_used && layer(dependency) >= Some(own_layer) {
                broken.push(format!("{name} -> {dependency}"));
            }
        }
    }
    Ok(broken)
}

/// Source text up to its unit tests.
fn code_of(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn is_test_file(file: &Path) -> bool {
    file.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "benches" | "examples")))
        || file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .is_some_and(|stem| stem.ends_with("tests") || stem == "testing")
}

fn impurities(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for name in PURE {
        let folder = repository.root.join("crates").join(name).join("src");
        for file in repository.with_ending(&["rs"]).filter(|file| file.starts_with(&folder) && !is_test_file(file)) {
            let text = fs::read_to_string(file)?;
            let lines = code_of(&text).lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            for (number, line) in lines {
                if let Some(word) = IMPURE_WORDS.iter().find(|word| line.contains(**word)) {
                    broken.push(format!("{}:{}: {word}", repository.shown(file), number + 1));
                }
            }
        }
    }
    Ok(broken)
}

fn long_files(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in repository.with_ending(&["rs"]).filter(|file| !is_test_file(file)) {
        let lines = code_of(&fs::read_to_string(file)?).lines().count();
        if lines > FILE_LINES_MAX {
            broken.push(format!("{} has {lines} lines, more than {FILE_LINES_MAX}", repository.shown(file)));
        }
    }
    Ok(broken)
}

fn banned_words(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in repository.with_ending(&["rs"]).filter(|file| !file.ends_with("tidy.rs")) {
        let text = fs::read_to_string(file)?;
        for (number, line) in text.lines().enumerate() {
            if let Some(word) =
                BANNED_WORDS.iter().find(|word| line.split(|c: char| !c.is_alphanumeric()).any(|part| part == **word))
            {
                broken.push(format!("{}:{}: {word}", repository.shown(file), number + 1));
            }
        }
        if file.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| BANNED_NAMES.contains(&stem)) {
            broken.push(format!("{}: the name says nothing", repository.shown(file)));
        }
    }
    Ok(broken)
}

fn machine_paths(repository: &Repository) -> Result<Vec<String>> {
    const ENDINGS: &[&str] = &["rs", "toml", "md", "yml", "yaml", "sh", "py", "html", "js", "css"];
    let mut broken = Vec::new();
    for file in repository.with_ending(ENDINGS).filter(|file| !file.ends_with("tidy.rs")) {
        let text = fs::read_to_string(file)?;
        for (number, line) in text.lines().enumerate() {
            if ["/root/", "/work/", "/home/"].iter().any(|path| line.contains(path)) {
                broken.push(format!("{}:{}", repository.shown(file), number + 1));
            }
        }
    }
    Ok(broken)
}

fn large_blobs(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in &repository.files {
        let bytes = fs::metadata(file)?.len();
        if bytes > BLOB_BYTES_MAX {
            broken.push(format!("{}: {bytes} bytes", repository.shown(file)));
        }
    }
    Ok(broken)
}

fn arrow_versions(repository: &Repository) -> Result<Vec<String>> {
    let lock = fs::read_to_string(repository.root.join("Cargo.lock"))?;
    let mut broken = Vec::new();
    for name in ["arrow-array", "parquet", "datafusion", "object_store"] {
        let count = lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
        if count > 1 {
            broken.push(format!("{count} versions of {name}"));
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        if let Err(broken) = super::run() {
            panic!("{broken}");
        }
    }
}
