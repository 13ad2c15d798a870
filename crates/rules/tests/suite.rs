//! Every rule file of Suricata's own conformance suite: what Suricata 8 loads, loads.

use rules::{Countries, Files, Reading, Settings, Severity, read};
use std::path::{Path, PathBuf};

/// Rules that are refused although Suricata loads them: the end of the file's path, the line, and what is said.
const REFUSED: &[(&str, u32, &str)] = &[];

fn rule_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.extension() {
            _ if path.is_dir() => rule_files(&path, files),
            Some(extension) if extension == "rules" => files.push(path),
            _ => {}
        }
    }
}

fn is_expected(path: &Path, line: u32, what: &str) -> bool {
    REFUSED.iter().any(|(end, of, said)| path.ends_with(end) && *of == line && what.contains(said))
}

#[test]
fn rules_of_the_suite_load() {
    let shared = std::env::var_os("FATHOM_SHARED").map_or_else(|| "../../../shared".into(), PathBuf::from);
    let folder = shared.join("conformance/suricata-verify/tests");
    let mut files = Vec::new();
    rule_files(&folder, &mut files);
    if files.is_empty() {
        eprintln!("skipped: no suite (set FATHOM_SHARED to the folder that holds conformance/suricata-verify)");
        return;
    }
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files {
        let text = std::fs::read(&path).expect("a file of the suite");
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let countries = std::fs::read(folder.join("test.mmdb")).ok().and_then(|bytes| Countries::read(bytes).ok());
        let files = Files::of(move |name| std::fs::read(folder.join(name)).ok());
        let settings = Settings { files, countries, ..Settings::default() };
        let Reading { rules, diagnostics, .. } = read("suite", &text, &settings);
        count += rules.len();
        let errors = diagnostics.iter().filter(|said| said.severity == Severity::Error);
        let unexpected = errors.filter(|said| !is_expected(&path, said.line, &said.what));
        wrong.extend(unexpected.map(|said| format!("{}: {said}", path.display())));
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(count > 1_000, "{count} rules");
}
