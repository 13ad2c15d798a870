//! IEEE 802.11 data frames, with or without a radiotap header.
//!
//! ```text
//! radiotap: | version 1 | padding 1 | length 2 | fields present 4, more if bit 31 | fields |     all little-endian
//! 802.11:   | control 2 | duration 2 | address 6 | address 6 | address 6 | sequence 2 | address 6, if both ways | QoS 2 | HT 4 |
//! ```

use crate::anomaly::IEEE80211_HEADER_TOO_SMALL;
use crate::decoder::{Decoder, Next};
use crate::link::ethernet::{self, Ethernet};

const RADIOTAP_HEADER_MIN: usize = 8;
const HEADER: usize = 24;
const DATA: u8 = 2;
/// Bits of the second byte of frame control.
const TO_SYSTEM: u8 = 0x01;
const FROM_SYSTEM: u8 = 0x02;
const IS_ENCRYPTED: u8 = 0x40;
const HAS_ORDER: u8 = 0x80;
/// Bits of the subtype of data frames.
const NO_DATA: u8 = 0x4;
const HAS_QOS: u8 = 0x8;
/// Of the quality-of-service field.
const IS_AGGREGATE: u8 = 0x80;

/// Goes past a radiotap header. Its flags may say that the 802.11 header is padded to four bytes.
pub(crate) fn decode_radiotap(decoder: &mut Decoder) -> Next {
    let Some([_, _, low, high, ..]) = decoder.rest.first_chunk::<RADIOTAP_HEADER_MIN>() else {
        return decoder.cut(IEEE80211_HEADER_TOO_SMALL);
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let Some(header) = decoder.rest.get(..length).filter(|header| header.len() >= RADIOTAP_HEADER_MIN) else {
        return decoder.cut(IEEE80211_HEADER_TOO_SMALL);
    };
    let is_padded = radiotap_flags(header) & 0x20 != 0;
    decoder.skip(length);
    frame(decoder, is_padded)
}

/// The flags field: the second one, behind a time of eight bytes that is aligned to eight.
fn radiotap_flags(header: &[u8]) -> u8 {
    let (words, _) = header.get(4..).unwrap_or_default().as_chunks::<4>();
    let more = |word: &&[u8; 4]| u32::from_le_bytes(**word) & 1 << 31 != 0;
    let present = words.first().map_or(0, |word| u32::from_le_bytes(*word));
    let masks = words.iter().take_while(more).count() + 1;
    let fields = 4 + masks * 4;
    let (has_time, has_flags) = (present & 1 != 0, present & 2 != 0);
    let at = if has_time { fields.next_multiple_of(8) + 8 } else { fields };
    if has_flags { header.get(at).copied().unwrap_or(0) } else { 0 }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    frame(decoder, false)
}

/// An 802.11 data frame's header.
#[derive(Clone, Copy, Debug)]
struct Data<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> Data<'a> {
    fn kind(&self) -> u8 {
        self.header[0] >> 2 & 3
    }

    fn subtype(&self) -> u8 {
        self.header[0] >> 4
    }

    fn has(&self, flag: u8) -> bool {
        self.header[1] & flag != 0
    }

    fn crosses_system(&self) -> bool {
        self.has(TO_SYSTEM) && self.has(FROM_SYSTEM)
    }

    /// Bytes of the header with what is optional.
    fn length(&self) -> usize {
        let fourth = if self.crosses_system() { 6 } else { 0 };
        let quality = if self.subtype() & HAS_QOS != 0 { 2 } else { 0 };
        let throughput = if quality > 0 && self.has(HAS_ORDER) { 4 } else { 0 };
        HEADER + fourth + quality + throughput
    }

    /// Does the quality-of-service field, whose place is behind the addresses, say that several frames follow?
    fn is_aggregate(&self, frame: &[u8]) -> bool {
        let at = if self.crosses_system() { HEADER + 6 } else { HEADER };
        self.subtype() & HAS_QOS != 0 && frame.get(at).is_some_and(|quality| quality & IS_AGGREGATE != 0)
    }

    fn address(&self, at: usize) -> [u8; 6] {
        self.header[at..].first_chunk().copied().unwrap_or_default()
    }

    /// Source and destination, which stand where the way through the distribution system puts them. `behind` is the fourth address.
    fn macs(&self, behind: &[u8]) -> [[u8; 6]; 2] {
        let (first, second, third) = (self.address(4), self.address(10), self.address(16));
        match (self.has(TO_SYSTEM), self.has(FROM_SYSTEM)) {
            (false, false) => [second, first],
            (false, true) => [third, first],
            (true, false) => [second, third],
            (true, true) => [behind.first_chunk().copied().unwrap_or_default(), third],
        }
    }
}

fn frame(decoder: &mut Decoder, is_padded: bool) -> Next {
    let Some((header, behind)) = decoder.rest.split_first_chunk::<HEADER>() else {
        return if decoder.rest.len() >= 10 { Next::Done } else { decoder.cut(IEEE80211_HEADER_TOO_SMALL) };
    };
    let data = Data { header };
    if data.kind() != DATA || data.subtype() & NO_DATA != 0 || data.has(IS_ENCRYPTED) {
        return Next::Done;
    }
    decoder.packet.macs = Some(data.macs(behind));
    let length = if is_padded { data.length().next_multiple_of(4) } else { data.length() };
    if decoder.rest.len() < length {
        return decoder.cut(IEEE80211_HEADER_TOO_SMALL);
    }
    let is_aggregate = data.is_aggregate(decoder.rest);
    decoder.skip(length);
    decoder.packet.payload = decoder.rest;
    if is_aggregate { first_of_aggregate(decoder) } else { Next::Llc }
}

/// The first of several frames in one: `| destination 6 | source 6 | length 2 | 802.2 |`. The others are not looked at.
fn first_of_aggregate(decoder: &mut Decoder) -> Next {
    let Some(ethernet) = Ethernet::parse(decoder.rest) else { return decoder.cut(IEEE80211_HEADER_TOO_SMALL) };
    decoder.packet.macs = Some(ethernet.macs());
    decoder.skip(ethernet::HEADER);
    decoder.packet.payload = decoder.rest;
    Next::Llc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(control: [u8; 2], length: usize) {
        let mut header = [0; HEADER];
        header[..2].copy_from_slice(&control);
        assert_eq!(Data { header: &header }.length(), length);
    }

    #[test]
    fn header_lengths() {
        check([0x08, 0x01], 24);
        check([0x88, 0x01], 26);
        check([0x88, 0x81], 30);
        check([0x08, 0x03], 30);
    }

    #[test]
    fn radiotap_flags_are_aligned() {
        assert_eq!(radiotap_flags(&[0, 0, 9, 0, 2, 0, 0, 0, 0x20]), 0x20);
        let with_time = [0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10];
        assert_eq!(radiotap_flags(&with_time), 0x10);
        assert_eq!(radiotap_flags(&[0, 0, 8, 0, 0, 0, 0, 0]), 0);
    }
}
