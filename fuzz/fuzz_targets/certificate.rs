//! A certificate of foreign bytes: no panic, whatever is asked of it.
#![no_main]

use applayer::tls::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::parse(bytes) else { return };
    certificate.subject();
    certificate.issuer();
    certificate.fingerprint();
    assert!(certificate.alternative_names().count() <= bytes.len());
});
