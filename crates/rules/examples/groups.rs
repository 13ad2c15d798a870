//! Sizes of the groups that a rule file falls into.
fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read(&path).unwrap_or_default();
    let reading = rules::read(&path, &text, &rules::Settings::default());
    let ruleset = rules::Ruleset::new(reading.rules, reading.names);
    for line in ruleset.sizes() {
        eprintln!("{line}");
    }
}
