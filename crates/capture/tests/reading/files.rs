//! What the captures of other projects hold.

use crate::events::{Events, read, read_chunks};
use crate::samples;
use capture::Limits;

/// gopacket keeps the same capture in both byte orders.
#[test]
fn byte_order_changes_nothing() {
    let captures = samples::captures();
    let named = |name: &str| captures.iter().find(|(found, _)| found == name).map(|(_, bytes)| read(bytes));
    for (name, bytes) in captures.iter().filter(|(name, _)| name.starts_with("gopacket/pcapgo__tests__le__")) {
        let Some(big) = named(&name.replace("__le__", "__be__")) else { continue };
        let little = read(bytes);
        assert_eq!(little.frames, big.frames, "{name}");
        assert_eq!(without_order(&little), without_order(&big), "{name}");
    }
}

/// The notes but for the byte order, and but for custom blocks, whose content is handed on as it is.
fn without_order(events: &Events) -> Vec<String> {
    let notes = events.notes.iter().filter(|(_, note)| !note.starts_with("Custom"));
    notes.map(|(_, note)| note.replace("is_big_endian: true", "is_big_endian: false")).collect()
}

/// tcpdump numbers what it prints.
#[test]
fn as_many_frames_as_tcpdump_prints() {
    let Some(folder) = samples::folder().map(|folder| folder.join("tcpdump")) else { return };
    let tests: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("TESTS.json")).unwrap()).unwrap();
    let mut differences = Vec::new();
    let mut compared = 0;
    for (name, cases) in tests.as_object().unwrap() {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let events = read(&bytes);
        let found = events.frames.len();
        // With sampling it prints some frames only.
        let prints_all = |case: &&serde_json::Value| !case["args"].to_string().contains("--print-sampling");
        for case in cases.as_array().unwrap().iter().filter(prints_all) {
            let Ok(text) = std::fs::read(folder.join(case["out"].as_str().unwrap())) else { continue };
            let expected = String::from_utf8_lossy(&text).lines().filter_map(frame_number).max().unwrap_or(0);
            compared += 1;
            if expected != found {
                differences.push(format!(
                    "{name}: tcpdump {expected}, {found} here ({}), {:?}",
                    case["args"],
                    events.notes.last()
                ));
            }
        }
    }
    assert!(compared > 300, "{compared}");
    assert!(differences.is_empty(), "{}\n{compared} compared", differences.join("\n"));
}

/// `    1  1970-01-01 ...`: the number of a frame stands in five columns, two blanks before the rest.
fn frame_number(line: &str) -> Option<usize> {
    let (number, _) = line.trim_start().split_once("  ")?;
    let width = line.len() - line.trim_start().len() + number.len();
    (width >= 5 && !line.starts_with('\t')).then(|| number.parse().ok())?
}

/// Every capture in three ways of cutting it.
#[test]
fn cuts_change_nothing() {
    for (name, bytes) in samples::captures() {
        let whole = read(&bytes);
        for size in [1, 13, 4096] {
            if size == 1 && bytes.len() > 20_000 {
                continue;
            }
            let cut = read_chunks(bytes.chunks(size), Limits::default());
            assert!(cut == whole, "{name} in chunks of {size}");
        }
    }
}
