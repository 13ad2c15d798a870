//! Files that are there whole or not at all.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Writes a file by way of `NAME.part` beside it, which gets its name when it is complete and goes when it cannot be.
/// What is no regular file (a pipe, a device) is written to as it is.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(BufWriter<File>) -> Result<()>) -> Result<()> {
    let create = |path: &Path| File::create(path).with_context(|| format!("cannot create {}", path.display()));
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return write(BufWriter::new(create(path)?)).with_context(|| format!("cannot write {}", path.display()));
    }
    // A link stays a link: it is the file behind it that is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let part = part_of(&target);
    let written = write(BufWriter::new(create(&part)?))
        .and_then(|()| fs::rename(&part, &target).with_context(|| format!("cannot rename {}", part.display())));
    written.with_context(|| explain_loss(path, &part))
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    name.into()
}

fn explain_loss(path: &Path, part: &Path) -> String {
    match fs::remove_file(part) {
        Ok(()) => format!("{} was not written; what there was of it is removed", path.display()),
        Err(error) => {
            format!(
                "{} was not written; {} is not complete and cannot be removed: {error}",
                path.display(),
                part.display()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.csv");
        let failed = write_file(&path, |mut file| {
            file.write_all(b"half")?;
            anyhow::bail!("the disk is full")
        });
        assert!(format!("{:#}", failed.expect_err("it fails")).contains("out.csv was not written"));
        assert_eq!(names(folder.path()), Vec::<String>::new());

        write_file(&path, |mut file| Ok(file.write_all(b"whole")?)).expect("it is written");
        write_file(&path, |_| anyhow::bail!("no")).expect_err("it fails");
        assert_eq!(names(folder.path()), ["out.csv"]);
        assert_eq!(fs::read(&path).expect("a file"), b"whole");
    }
}
