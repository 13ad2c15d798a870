//! NFS, on foreign bytes of both sides in turns: no panic, and cutting changes nothing.
#![no_main]

use applayer::testing::{Scene, client, server};
use libfuzzer_sys::fuzz_target;

/// Turns of the conversation; each begins with its length.
const TURNS_MAX: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, mut rest)) = bytes.split_first() else { return };
    let mut steps = Vec::new();
    while let Some((&length, behind)) = rest.split_first()
        && steps.len() < TURNS_MAX
    {
        let (turn, behind) = behind.split_at(behind.len().min(usize::from(length) * 4));
        steps.push(if steps.len() % 2 == 0 { client(turn) } else { server(turn) });
        rest = behind;
    }
    let scene = Scene::tcp(&applayer::nfs::NfsProtocol, 2049);
    assert_eq!(scene.transcript(&steps), scene.transcript_cut(&steps, |_, _| usize::from(size)));
});
