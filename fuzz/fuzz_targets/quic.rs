//! QUIC in foreign datagrams, and a message of Google's handshake: no panic.
#![no_main]

use applayer::testing::{Scene, client, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    Scene::udp(&applayer::quic::Quic, 443).transcript(&[client(bytes), server(head), client(tail)]);
    applayer::quic::CryptoMessage::parse(bytes).map(|message| message.tags().count());
});
