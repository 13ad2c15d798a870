//! TLS on foreign bytes, and on a hello with foreign bytes in it: no panic, and cutting changes nothing.
#![no_main]

use applayer::testing::{Scene, client, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[turn, size], bytes)) = bytes.split_first_chunk() else { return };
    let (ours, theirs) = bytes.split_at(bytes.len() * usize::from(turn) / 256);
    let scene = Scene::tcp(&applayer::tls::Tls, 443);
    let steps = [client(ours), server(theirs)];
    assert_eq!(scene.transcript(&steps), scene.transcript_cut(&steps, |_, _| usize::from(size)));
});
