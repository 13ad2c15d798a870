//! `fathom watch` as its user runs it: logs and lists change while it looks.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// The program, until the test ends.
struct Watching {
    child: Child,
    remarks: BufReader<ChildStderr>,
}

impl Watching {
    fn begin(folder: &Path) -> Watching {
        let arguments = ["watch", "logs", "--intel", "lists", "--suppress", "known.txt", "--every", "1s", "--ocsf"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_fathom"));
        command.args(arguments).args(["--threads", "1"]).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let remarks = BufReader::new(child.stderr.take().expect("piped"));
        Watching { child, remarks }
    }

    /// Waits for a remark.
    fn wait_for(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            let read = self.remarks.read_line(&mut line).expect("readable");
            assert!(read > 0, "it ended before it said {part:?}");
        }
    }

    /// Ends it; what it told, as detector, entity and activity.
    fn end(mut self) -> Vec<String> {
        self.child.kill().expect("killed");
        let mut text = String::new();
        self.child.stdout.take().expect("piped").read_to_string(&mut text).expect("text");
        self.child.wait().expect("it ends");
        text.lines().map(told).collect()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn told(line: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(line).expect("an event a line");
    let info = &event["finding_info"];
    format!(
        "{} {}",
        info["analytic"]["uid"].as_str().unwrap_or_default(),
        event["activity_name"].as_str().unwrap_or_default()
    )
}

/// A host of ours scans; another one keeps answering a listed address.
fn log(targets: std::ops::Range<u32>) -> String {
    let record = |target: u32, dst: &str, bytes: u32| {
        let second = 1_700_000_000 + target;
        format!("2 1 eni-1 10.0.0.9 {dst} {} 445 6 2 {bytes} {second} {} REJECT OK\n", 40_000 + target, second + 1)
    };
    targets.map(|target| record(target, &format!("10.0.1.{target}"), 80)).collect()
}

fn contact() -> String {
    (0..3)
        .map(|call| {
            let second = 1_700_000_000 + call * 977;
            format!("2 1 eni-2 10.0.0.7 198.51.100.7 {} 443 6 90 90000 {second} {} ACCEPT OK\n2 1 eni-2 198.51.100.7 10.0.0.7 443 {} 6 90 90000 {second} {} ACCEPT OK\n", 40_000 + call, second + 9, 40_000 + call, second + 9)
        })
        .collect()
}

#[test]
fn findings_are_told_once_and_lists_are_swapped_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    fs::create_dir(folder.path().join("logs")).expect("made");
    fs::create_dir(folder.path().join("lists")).expect("made");
    write("lists/a.txt", "203.0.113.1\n203.0.113.2\n203.0.113.3\n203.0.113.4\n");
    write("known.txt", "");
    let mut watching = Watching::begin(folder.path());
    write("logs/1.log", &log(1..40));
    watching.wait_for("read 1 object(s), 39 record(s)");
    write("logs/2.log", &(log(40..80) + &contact()));
    watching.wait_for("read 1 object(s), 46 record(s)");
    write("lists/a.txt", "<html>the portal</html>\n");
    watching.wait_for("less than half of 4");
    write("lists/a.txt", "203.0.113.1\n203.0.113.2\n203.0.113.3\n203.0.113.4\n198.51.100.7\n");
    watching.wait_for("5 entries of lists");
    write("known.txt", "scan.*\n");
    watching.wait_for("known.txt:1:7: an entity is missing");
    write("logs/3.log", &log(80..90));
    watching.wait_for("read 1 object(s), 10 record(s)");
    write("logs/4.log", "nothing that is a log\n");
    watching.wait_for("read 1 object(s), 0 record(s)");
    let told = watching.end();
    assert_eq!(told, ["scan.horizontal Create", "intel.contact Create"]);
}
