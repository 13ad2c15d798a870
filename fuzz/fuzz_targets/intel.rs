//! Blacklists from foreign bytes: no panic, and what was loaded can be looked up.
#![no_main]

use enrich::intel::{Intel, Limits, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let list = load("fuzz", bytes, &Limits::default());
    Intel::build(vec![list]).lookup(&[203, 0, 113, 7]);
});
