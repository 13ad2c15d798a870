//! TCP options as far as a conversation is judged by them.

use wire::TcpOptions;

/// Reads the options of a header; what is malformed ends them.
pub(crate) fn read(mut bytes: &[u8]) -> TcpOptions {
    let mut options = TcpOptions::default();
    while let [kind, rest @ ..] = bytes {
        match kind {
            0 => break,
            1 => bytes = rest,
            _ => {
                let length = rest.first().map_or(0, |length| usize::from(*length));
                let Some(body) = bytes.get(2..length) else {
                    options.is_malformed = true;
                    break;
                };
                read_one(*kind, body, &mut options);
                bytes = &bytes[length..];
            }
        }
    }
    options
}

fn read_one(kind: u8, body: &[u8], options: &mut TcpOptions) {
    match (kind, body) {
        (2, [a, b]) => options.mss = Some(u16::from_be_bytes([*a, *b])),
        (3, [shift]) => options.window_scale = Some((*shift).min(14)),
        (4, []) => options.sack_permitted = true,
        (5, blocks) => {
            for (block, place) in blocks.chunks_exact(8).zip(options.sack.iter_mut()) {
                *place = (number(&block[..4]), number(&block[4..]));
                options.sack_blocks += 1;
            }
        }
        (8, stamps) if stamps.len() == 8 => options.timestamps = Some((number(&stamps[..4]), number(&stamps[4..]))),
        (34, cookie) => options.fast_open_bytes = Some(cookie.len() as u8),
        _ => {}
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
}
