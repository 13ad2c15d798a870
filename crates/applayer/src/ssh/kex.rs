//! What a side offers (RFC 4253, section 7.1), and what two offers come to.

use super::packet::string;
use md5::{Digest, Md5};
use model::packet::Side;

/// The message KEXINIT of a side: lists of names, separated by commas, the best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyExchangeInit {
    /// All lists, in the order of the message.
    lists: [Vec<u8>; LISTS],
}

/// Lists of a KEXINIT that we keep: all but the languages.
const LISTS: usize = 8;
const KEX: usize = 0;
const HOST_KEY: usize = 1;
const CIPHER: usize = 2;
const MAC: usize = 4;
const COMPRESSION: usize = 6;

/// Names of what both know, in each direction by [`Side::index`] of its sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Negotiated<'a> {
    pub(super) kex: &'a [u8],
    pub(super) host_key: &'a [u8],
    pub(super) ciphers: [&'a [u8]; 2],
    pub(super) macs: [&'a [u8]; 2],
    pub(super) compressions: [&'a [u8]; 2],
}

impl KeyExchangeInit {
    /// Reads the message behind its number. Where it ends too early, the lists behind are empty.
    pub(super) fn parse(payload: &[u8]) -> Option<KeyExchangeInit> {
        let mut rest = payload.get(16..)?;
        let mut offer = KeyExchangeInit::default();
        for list in &mut offer.lists {
            let (text, behind) = string(rest)?;
            *list = text.to_vec();
            rest = behind;
        }
        Some(offer)
    }

    /// What HASSH is the MD5 of: key exchange, and the sender's ciphers, MACs and compressions.
    pub fn hassh_string(&self, sender: Side) -> Vec<u8> {
        let direction = sender.index();
        let lists = [KEX, CIPHER + direction, MAC + direction, COMPRESSION + direction];
        lists.map(|list| self.lists[list].as_slice()).join(&b';')
    }

    /// HASSH, or HASSHServer of a server's offer, as hexadecimal digits.
    pub fn hassh(&self, sender: Side) -> String {
        hex(&Md5::digest(self.hassh_string(sender)), "")
    }

    /// The client's first name that the server knows too (RFC 4253, section 7.1).
    pub(super) fn negotiated<'a>(&'a self, server: &'a KeyExchangeInit) -> Negotiated<'a> {
        let chosen = |list: usize| chosen(&self.lists[list], &server.lists[list]);
        let both = |list: usize| [chosen(list), chosen(list + 1)];
        let (ciphers, macs, compressions) = (both(CIPHER), both(MAC), both(COMPRESSION));
        Negotiated { kex: chosen(KEX), host_key: chosen(HOST_KEY), ciphers, macs, compressions }
    }
}

fn chosen<'a>(ours: &'a [u8], theirs: &'a [u8]) -> &'a [u8] {
    let mut names = ours.split(|byte| *byte == b',');
    names.find(|name| theirs.split(|byte| *byte == b',').any(|other| other == *name)).unwrap_or_default()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8], separator: &str) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(separator)
}
