//! Rules from foreign bytes: no panic, each is kept or named, and each that is kept can be told in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::{Classes, References, Settings, ThresholdFile, Variables, check, explain, read};

fuzz_target!(|bytes: &[u8]| {
    let settings = Settings { advises: true, ..Settings::default() };
    let reading = read("fuzz", bytes, &settings);
    for rule in &reading.rules {
        assert!(!explain(rule, &reading.names).is_empty());
    }
    assert!(reading.refused + reading.left_out <= reading.diagnostics.len() as u64 + reading.diagnostics_dropped);
    assert!(check(&[("fuzz", bytes)], &settings).text.ends_with('\n'));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    Classes::read("fuzz", text);
    References::read("fuzz", text);
    ThresholdFile::read("fuzz", text, &Variables::default());
});
