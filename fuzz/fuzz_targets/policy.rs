//! Policy files and firewalls' JSON from foreign bytes: no panic, and a policy that was read is written as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::firewall::Firewall;
use policy::{Matcher, Policy, Severity};

fuzz_target!(|bytes: &[u8]| {
    let _ = Firewall::default().load("fuzz", bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (policy, remarks) = Policy::parse(text);
    Matcher::new(&policy).side_of([203, 0, 113, 7].into());
    if remarks.iter().all(|remark| remark.severity != Severity::Error) {
        assert_eq!(Policy::parse(&policy.to_string()).0, policy);
    }
});
