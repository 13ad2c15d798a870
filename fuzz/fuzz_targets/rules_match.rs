//! Many patterns at once find what a search one by one finds, whatever the patterns and the bytes are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::matcher::{Matcher, Needle, Scratch};

/// Of longer patterns a part is looked for: these may be found where only that part is.
const WHOLE_BYTES_MAX: usize = 16;

/// How many patterns, how much of the bytes is searched, and about how many bytes the matcher expects.
struct Settings {
    patterns: usize,
    searched: usize,
    expected: usize,
}

/// What a case begins with: settings, and three bytes for each pattern, which say where in the bytes behind them it is taken from, how
/// long it is and what is changed in it.
fn parts(case: &[u8]) -> Option<(Settings, Vec<Vec<u8>>, &[u8])> {
    let (&[patterns, searched, expected], rest) = case.split_first_chunk()?;
    let settings = Settings {
        patterns: usize::from(patterns),
        searched: usize::from(searched) * 8,
        expected: usize::from(expected) * 8,
    };
    let (rows, bytes) = rest.split_at_checked(3 * settings.patterns)?;
    let patterns = rows.chunks_exact(3).filter_map(|row| pattern(row, bytes)).collect();
    Some((settings, patterns, bytes))
}

fn pattern(row: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let begin = usize::from(row[0]) % bytes.len().max(1);
    let length = 1 + usize::from(row[1]) % 24;
    let mut pattern: Vec<u8> = bytes[begin..].iter().copied().take(length).collect();
    *pattern.last_mut()? ^= row[2];
    Some(pattern)
}

fn is_in(pattern: &[u8], bytes: &[u8]) -> bool {
    bytes.windows(pattern.len()).any(|part| part.eq_ignore_ascii_case(pattern))
}

fuzz_target!(|case: &[u8]| {
    let Some((settings, patterns, bytes)) = parts(case) else { return };
    let rows = patterns.iter().zip(0..).map(|(pattern, rule)| (Needle::of(pattern), rule)).collect();
    let Some(matcher) = Matcher::new(rows, settings.expected) else { return };
    let (mut scratch, mut found) = (Scratch::default(), Vec::new());
    scratch.fold(bytes);
    matcher.search(settings.searched, &mut scratch, &mut found);
    let searched = &bytes[..bytes.len().min(settings.searched)];
    for (pattern, rule) in patterns.iter().zip(0_u32..) {
        let times = found.iter().filter(|found| **found == rule).count();
        assert!(times <= 1);
        match is_in(pattern, searched) {
            true => assert_eq!(times, 1, "{pattern:?} is there"),
            false => assert!(times == 0 || pattern.len() > WHOLE_BYTES_MAX, "{pattern:?} is not there"),
        }
    }
});
