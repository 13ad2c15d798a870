use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;

use super::*;

/// What the repository has, made again.
static MADE: LazyLock<Files> = LazyLock::new(|| build(7).unwrap());

/// The folder in the repository.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/estate")
}

/// Every file below a folder, unpacked, by its path in it.
fn read(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut content = fs::read(&path).unwrap();
            if path.extension().is_some_and(|extension| extension == "gz") {
                let packed = std::mem::take(&mut content);
                GzDecoder::new(&packed[..]).read_to_end(&mut content).unwrap();
            }
            let parts: Vec<_> = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
            files.insert(parts.join("/"), content);
        }
    }
    files
}

#[test]
fn committed_estate_is_current() {
    let (made, found) = (&*MADE, read(&committed()));
    assert_eq!(made.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, content) in made {
        assert!(found[name] == *content, "{name} is stale: run `cargo xtask estate`");
    }
}

#[test]
fn same_seed_same_bytes() {
    assert!(*MADE == build(7).unwrap());
    assert!(*MADE != build(8).unwrap());
}

#[test]
fn json_is_json() {
    for (name, content) in &*MADE {
        if name.ends_with(".json") {
            serde_json::from_slice::<serde::de::IgnoredAny>(content).unwrap();
        } else if name.ends_with(".json.gz") {
            let lines = content.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            for line in lines {
                serde_json::from_slice::<serde::de::IgnoredAny>(line).unwrap();
            }
        }
    }
}

#[test]
fn aws_lines_have_the_columns_of_their_header() {
    for (name, content) in &*MADE {
        if name.starts_with("aws/") {
            let text = std::str::from_utf8(content).unwrap();
            let columns = text.lines().next().unwrap().split(' ').count();
            assert!([14, 28, 36].contains(&columns), "{name}: {columns}");
            assert!(text.lines().all(|line| line.split(' ').count() == columns), "{name}");
        }
    }
}
