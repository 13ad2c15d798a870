//! Every application protocol on foreign bytes: no panic, and cutting changes nothing.
#![no_main]

use applayer::testing::{Scene, Step};
use applayer::{PROTOCOLS, Transport};
use libfuzzer_sys::fuzz_target;
use model::packet::Side;

/// The bytes as a conversation: each piece is a byte of sender and length, then its content.
fn steps(mut bytes: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        let sender = if first & 0x80 == 0 { Side::Client } else { Side::Server };
        let (piece, behind) = rest.split_at(rest.len().min(usize::from(first & 0x7f) * 4));
        steps.push(match piece {
            [] => Step::Gap(sender, 3),
            piece => Step::Send(sender, piece.into()),
        });
        bytes = behind;
    }
    steps
}

fn sorted(transcript: String) -> Vec<String> {
    let mut lines: Vec<_> = transcript.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let steps = steps(bytes);
    let protocol = PROTOCOLS.get(usize::from(*choice));
    let scene = match protocol {
        Some(protocol) if protocol.transports().contains(&Transport::Tcp) => Scene::tcp(*protocol, 80),
        Some(protocol) => Scene::udp(*protocol, 80),
        None if choice % 2 == 0 => Scene::found(80),
        None => Scene::found(80).midstream(),
    };
    assert_eq!(sorted(scene.transcript(&steps)), sorted(scene.transcript_cut(&steps, |_, _| 1)));
});
