//! DTLS in foreign datagrams: no panic.
#![no_main]

use applayer::testing::{Scene, client, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let datagrams = bytes.split(|byte| *byte == 0xff);
    let steps: Vec<_> =
        datagrams.enumerate().map(|(n, bytes)| if n % 2 == 0 { client(bytes) } else { server(bytes) }).collect();
    Scene::udp(&applayer::dtls::Dtls, 443).transcript(&steps);
});
