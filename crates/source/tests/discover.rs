//! Discovery over folders made for the case.

#![allow(clippy::unwrap_used)] // also outside #[test]: the builders of the cases

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use source::{Limits, ObjectKind, Severity, discover};

/// A folder with a little of everything.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["logs/b", "logs/a", "logs/.git", "empty", "bad"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for file in ["logs/z.log", "logs/b/2.gz", "logs/b/1.gz", "logs/a/x.log", "logs/.hidden", "logs/.git/c", "[x].log"] {
        fs::write(root.path().join(file), file).unwrap();
    }
    symlink(root.path().join("logs"), root.path().join("logs/b/loop")).unwrap();
    symlink("nowhere", root.path().join("bad/dangling")).unwrap();
    root
}

/// Finds `inputs`, with `@` for the folder's path; names the objects and says the problems without that path.
fn find(root: &Path, inputs: &[&str], limits: Limits) -> (Vec<String>, Vec<String>, u64) {
    let prefix = format!("{}/", root.display());
    let inputs: Vec<String> = inputs.iter().map(|input| input.replace("@/", &prefix)).collect();
    let found = discover(&inputs, &limits);
    let names = found.objects.iter().map(|object| object.name.replace(&prefix, "")).collect();
    let say = |p: &source::Problem| {
        let note = if p.severity == Severity::Note { "note: " } else { "" };
        format!("{note}{}: {}: {}", p.path, p.what, p.why).replace(&prefix, "")
    };
    (names, found.problems.iter().map(say).collect(), found.hidden)
}

#[track_caller]
fn check(inputs: &[&str], objects: &[&str], problems: &[&str]) {
    let root = tree();
    let (names, said, _) = find(root.path(), inputs, Limits::default());
    assert_eq!(names, objects);
    assert_eq!(said.len(), problems.len(), "{said:#?}");
    for (said, problem) in said.iter().zip(problems) {
        assert!(said.starts_with(problem), "{said}");
    }
}

const ALL: &[&str] = &["logs/a/x.log", "logs/b/1.gz", "logs/b/2.gz", "logs/z.log"];

#[test]
fn files_folders_and_patterns() {
    check(&["@/logs"], ALL, &[]);
    check(&["@/logs/z.log", "@/logs/a"], &["logs/z.log", "logs/a/x.log"], &[]);
    check(&["@/logs/b/*.gz"], &["logs/b/1.gz", "logs/b/2.gz"], &[]);
    // Through the link `logs/b/loop` alone, since `?` does not match `z.log`.
    let through_link = ["logs/a/x.log", "logs/b/1.gz", "logs/b/2.gz", "logs/b/loop/z.log"];
    check(&["@/logs/?"], &through_link, &["note: logs/?: named more than once, read once: logs/b/loop/a/x.log"]);
    check(&["@/logs/.hidden"], &["logs/.hidden"], &[]);
    check(&["@/[x].log"], &["[x].log"], &[]);
    check(&["file://@/logs/z.log"], &["logs/z.log"], &[]);
    check(&[], &[], &[]);
}

#[test]
fn named_twice() {
    check(
        &["@/logs/z.log", "@/logs/../logs/z.log", "@/logs"],
        &["logs/z.log", "logs/a/x.log", "logs/b/1.gz", "logs/b/2.gz"],
        &["note: logs/../logs/z.log: named more than once, read once", "note: logs: named more than once, read once"],
    );
    check(&["-", "-"], &["standard input"], &["note: -: named more than once, read once: standard input is"]);
}

#[test]
fn problems() {
    check(&["@/no.log", "@/logs/z.log"], &["logs/z.log"], &["no.log: cannot find the file: No such file"]);
    check(&["@/*.gz"], &[], &["*.gz: found nothing to read: no file matches"]);
    check(&["@/a[*.gz"], &[], &["a[*.gz: cannot understand the pattern: "]);
    check(&["@/empty"], &[], &["empty: found nothing to read: the folder has no files"]);
    check(&["@/bad"], &[], &["bad/dangling: cannot read the file: No such file"]);
    check(&["s3://bucket/x"], &[], &["s3://bucket/x: cannot read it: this version reads local files only"]);
    check(&[""], &[], &[": cannot find the file"]);
}

#[test]
fn hints_name_the_input() {
    let hint = |input: &str| discover(&[input.to_owned()], &Limits::default()).problems[0].hint.clone();
    assert_eq!(hint("s3://b/p/"), "fetch it first: aws s3 cp --recursive s3://b/p/ ./logs, then name ./logs");
    assert_eq!(hint("https://h/f.gz"), "fetch it first: curl -LO https://h/f.gz, then name the file");
}

#[test]
fn hidden_files_are_counted_and_limits_hold() {
    let root = tree();
    assert_eq!(find(root.path(), &["@/logs"], Limits::default()).2, 2);
    let two = Limits { objects_max: 2, ..Limits::default() };
    let (names, said, _) = find(root.path(), &["@/logs"], two);
    assert_eq!(names.len(), 2);
    assert_eq!(said, ["logs: left out what is beyond the limit: there are more than 2 objects"]);
    let flat = Limits { folder_depth_max: 0, ..Limits::default() };
    let (names, said, _) = find(root.path(), &["@/logs"], flat);
    assert_eq!((names.len(), said.len()), (1, 2));
}

#[test]
fn objects_open() {
    let root = tree();
    let input = root.path().join("logs/z.log");
    let found = discover(&[input.display().to_string()], &Limits::default());
    let object = &found.objects[0];
    assert_eq!((object.bytes, object.path()), (Some(10), Some(&*input)));
    let mut reader = object.open(&Limits::default()).unwrap();
    assert_eq!(reader.next_chunk().unwrap(), Some(&b"logs/z.log"[..]));
    assert_eq!(reader.next_chunk().unwrap(), None);
    fs::remove_file(&input).unwrap();
    let error = object.open(&Limits::default()).err().unwrap();
    assert!(error.to_string().contains("cannot open the file"));
    assert!(matches!(object.kind, ObjectKind::File(_)));
}
