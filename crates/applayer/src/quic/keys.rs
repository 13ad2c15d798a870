//! Keys of Initial packets (RFC 9001, section 5; RFC 9369, section 3.3).

use super::packet::{LongPacket, QuicVersion};
use aes::Aes128;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInPlace;
use hkdf::Hkdf;
use model::packet::Side;
use sha2::Sha256;

/// The keys of both sides of one connection.
pub(crate) struct InitialKeys {
    sides: [SideKeys; 2],
}

struct SideKeys {
    header: Aes128,
    packet: Aes128Gcm,
    nonce: [u8; NONCE_BYTES],
}

impl InitialKeys {
    /// Are the keys of this version known?
    pub(crate) fn are_known(version: QuicVersion) -> bool {
        salt(version).is_some()
    }

    /// The keys that follow from the connection id to which a client sent its first Initial packet. `None` for versions
    /// whose keys are not known.
    pub(crate) fn derive(version: QuicVersion, destination: &[u8]) -> Option<InitialKeys> {
        let salt = salt(version)?;
        let (_, initial) = Hkdf::<Sha256>::extract(Some(salt), destination);
        let labels = labels(version);
        Some(InitialKeys {
            sides: [SideKeys::derive(&initial, b"client in", labels), SideKeys::derive(&initial, b"server in", labels)],
        })
    }

    /// Takes off the protection; what is left in `plain` are the frames. `None` if these are not the keys.
    pub(crate) fn open(&self, packet: &LongPacket<'_>, sender: Side, plain: &mut Vec<u8>) -> Option<()> {
        self.sides[sender.index()].open(packet, plain)
    }
}

/// What tests make packets with.
#[cfg(test)]
impl InitialKeys {
    /// Protects a packet; its number has four bytes and ends the header.
    pub(super) fn seal(&self, sender: Side, header: &[u8], plain: &[u8]) -> Vec<u8> {
        let keys = &self.sides[sender.index()];
        let number_at = header.len() - NUMBER_BYTES_MAX;
        let mut nonce = keys.nonce;
        nonce[NONCE_BYTES - NUMBER_BYTES_MAX..].iter_mut().zip(&header[number_at..]).for_each(|(byte, n)| *byte ^= n);
        let mut body = plain.to_vec();
        let tag = keys.packet.encrypt_in_place_detached(&nonce.into(), header, &mut body).unwrap();
        let mut packet = [header, &body, &tag].concat();
        let sample: [u8; SAMPLE_BYTES] = *packet[number_at + NUMBER_BYTES_MAX..].first_chunk().unwrap();
        let mut mask = sample.into();
        keys.header.encrypt_block(&mut mask);
        packet[0] ^= mask[0] & 0x0f;
        packet[number_at..][..NUMBER_BYTES_MAX].iter_mut().zip(&mask[1..]).for_each(|(byte, mask)| *byte ^= mask);
        packet
    }

    pub(super) fn nonce(&self, sender: Side) -> String {
        crate::tls::hex(&self.sides[sender.index()].nonce)
    }
}

impl SideKeys {
    fn derive(initial: &Hkdf<Sha256>, side: &[u8], labels: Labels) -> SideKeys {
        let secret: [u8; 32] = expand(initial, side);
        // INVARIANT: a secret of 32 bytes is as long as SHA-256 asks for.
        let secret = Hkdf::<Sha256>::from_prk(&secret).expect("32 bytes");
        let header: [u8; KEY_BYTES] = expand(&secret, labels.header);
        let packet: [u8; KEY_BYTES] = expand(&secret, labels.key);
        SideKeys {
            header: Aes128::new(&header.into()),
            packet: Aes128Gcm::new(&packet.into()),
            nonce: expand(&secret, labels.nonce),
        }
    }

    fn open(&self, packet: &LongPacket<'_>, plain: &mut Vec<u8>) -> Option<()> {
        let sample_at = packet.number_at + NUMBER_BYTES_MAX;
        let sample: &[u8; SAMPLE_BYTES] = packet.bytes.get(sample_at..)?.first_chunk()?;
        let mut mask = (*sample).into();
        self.header.encrypt_block(&mut mask);
        let first = packet.bytes[0] ^ mask[0] & 0x0f;
        let body_at = packet.number_at + usize::from(first & 3) + 1;
        let mut header = packet.bytes[..body_at].to_vec();
        header[0] = first;
        header[packet.number_at..].iter_mut().zip(&mask[1..]).for_each(|(byte, mask)| *byte ^= mask);
        let mut nonce = self.nonce;
        let number = &header[packet.number_at..];
        nonce[NONCE_BYTES - number.len()..].iter_mut().zip(number).for_each(|(byte, number)| *byte ^= number);
        let (body, tag) = packet.bytes[body_at..].split_last_chunk::<TAG_BYTES>()?;
        plain.clear();
        plain.extend_from_slice(body);
        self.packet.decrypt_in_place_detached(&nonce.into(), &header, plain, &(*tag).into()).ok()
    }
}

/// HKDF-Expand-Label of TLS 1.3 without a context (RFC 8446, section 7.1).
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &[u8]) -> [u8; N] {
    let mut key = [0; N];
    let lengths = [0, N as u8, (LABEL_PREFIX.len() + label.len()) as u8];
    // INVARIANT: HKDF with SHA-256 gives up to 8,160 bytes.
    secret.expand_multi_info(&[&lengths, LABEL_PREFIX, label, &[0]], &mut key).expect("short");
    key
}

#[derive(Clone, Copy)]
struct Labels {
    key: &'static [u8],
    nonce: &'static [u8],
    header: &'static [u8],
}

const fn labels(version: QuicVersion) -> Labels {
    match version {
        QuicVersion::V2 | QuicVersion::V2_DRAFT => {
            Labels { key: b"quicv2 key", nonce: b"quicv2 iv", header: b"quicv2 hp" }
        }
        _ => Labels { key: b"quic key", nonce: b"quic iv", header: b"quic hp" },
    }
}

/// The salt of a version's Initial keys, from its specification.
fn salt(version: QuicVersion) -> Option<&'static [u8; 20]> {
    Some(match (version, version.draft()) {
        (QuicVersion::V2, _) => b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9",
        (QuicVersion::V2_DRAFT, _) => {
            b"\xa7\x07\xc2\x03\xa5\x9b\x47\x18\x4a\x1d\x62\xca\x57\x04\x06\xea\x7a\xe3\xe5\xd3"
        }
        (QuicVersion::Q050, _) => b"\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45",
        (QuicVersion(0x5430_3530), _) => {
            b"\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10"
        }
        (QuicVersion(0x5430_3531), _) => {
            b"\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d"
        }
        (_, Some(0..17)) => return None,
        (_, Some(17..=20)) => b"\xef\x4f\xb0\xab\xb4\x74\x70\xc4\x1b\xef\xcf\x80\x31\x33\x4f\xae\x48\x5e\x09\xa0",
        (_, Some(21..=22)) => b"\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x2a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\xb0\x64\x4a",
        (_, Some(23..=28)) => b"\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02",
        (_, Some(29..=32)) => DRAFT_29,
        // A client that asks for Version Negotiation cannot know how it will be read; those seen keep to draft 29.
        _ if version.is_reserved() => DRAFT_29,
        (QuicVersion::V1, _) | (_, Some(33..)) => {
            b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
        }
        _ => return None,
    })
}

const DRAFT_29: &[u8; 20] = b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99";
const LABEL_PREFIX: &[u8] = b"tls13 ";
const KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const SAMPLE_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
const NUMBER_BYTES_MAX: usize = 4;
