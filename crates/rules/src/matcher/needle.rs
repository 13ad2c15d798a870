//! The part of a pattern that is looked for.

use super::rarity;

/// Bytes of a pattern that are looked for; longer ones are verified.
pub(super) const NEEDLE_BYTES_MAX: usize = 16;

/// At most 16 bytes of a pattern, those that are met least, in lower case, and where those are that it is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    /// The bytes, the first one lowest; zeros behind them.
    text: u128,
    length: u8,
    /// How it is found; `None` for a single byte.
    way: Option<Way>,
    /// Bytes before those that it is found by.
    before: u8,
    /// The same of a long one that is found as those of middle length are: known beforehand, as many matchers are made of it.
    before_in_middle: u8,
}

/// How patterns are found: long ones may be looked for at some places only, if they are known by all the bytes that may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// By four bytes, at each fourth place.
    Long,
    /// By three bytes, at each second place.
    Middle,
    /// By two bytes.
    Short,
}

impl Way {
    const ALL: [Way; 3] = [Way::Long, Way::Middle, Way::Short];

    /// So many patterns are looked for one by one instead in about so many bytes: a pass over the bytes costs as much as some of
    /// these. Counted in instructions: each costs something to begin with, and then for each byte.
    pub(super) const fn few(self, bytes: usize) -> usize {
        let pass = 30 + 8 * bytes / self.step();
        pass / (60 + bytes / 3)
    }

    /// How many bytes tell a pattern.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Way::Long => 4,
            Way::Middle => 3,
            Way::Short => 2,
        }
    }

    /// From one place that is looked at to the next.
    pub(super) const fn step(self) -> usize {
        match self {
            Way::Long => 4,
            Way::Middle => 2,
            Way::Short => 1,
        }
    }

    /// Bytes that a pattern must have, so that some of them are at a place that is looked at.
    const fn span(self) -> usize {
        self.bytes() + self.step() - 1
    }

    /// The bits of its bytes in a word of four.
    pub(super) const fn mask(self) -> u32 {
        u32::MAX >> (32 - 8 * self.bytes() as u32)
    }
}

impl Needle {
    /// Of a pattern, which must not be empty.
    pub fn of(pattern: &[u8]) -> Needle {
        let part = rarest(pattern, NEEDLE_BYTES_MAX).1.to_ascii_lowercase();
        let in_middle = rarest_span(&part, Way::Middle);
        let place = |way: Way| if way == Way::Middle { in_middle } else { rarest_span(&part, way) };
        let mut ways = Way::ALL.into_iter().filter_map(|way| Some((way, place(way)?)));
        let telling = ways.clone().find(|(way, before)| tells(&part[*before..*before + way.span()], *way));
        let (way, before) = telling.or_else(|| ways.next()).unzip();
        let [before, before_in_middle] = [before, in_middle].map(|before| before.unwrap_or_default() as u8);
        Needle { text: number(&part), length: part.len() as u8, way, before, before_in_middle }
    }

    /// A long one, found as those of middle length are.
    pub(super) fn in_middle(self) -> Needle {
        Needle { way: Some(Way::Middle), before: self.before_in_middle, ..self }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// Is it nothing?
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How it is found; `None` for a single byte.
    pub(super) fn way(&self) -> Option<Way> {
        self.way
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.text.to_le_bytes()[..self.len()].to_vec()
    }

    /// What it is found by: bytes, the first one lowest, each with how many bytes are before them.
    pub(super) fn grams(&self) -> impl Iterator<Item = (u8, u32)> + use<> {
        let (text, before, way) = (self.text, self.before, self.way);
        let gram = move |place: u8, way: Way| (text >> (8 * u32::from(place))) as u32 & way.mask();
        way.into_iter()
            .flat_map(move |way| (before..before + way.step() as u8).map(move |place| (place, gram(place, way))))
    }

    /// Do these bytes in lower case, of which only those before `end` count, begin with it?
    pub(super) fn is_at(&self, folded: &[u8], begin: usize, end: usize) -> bool {
        let Some(bytes) = folded.get(begin..).and_then(|rest| rest.first_chunk()) else { return false };
        let unused = 8 * (NEEDLE_BYTES_MAX - self.len()) as u32;
        begin + self.len() <= end && (u128::from_le_bytes(*bytes) ^ self.text) << unused == 0
    }
}

/// The first bytes as a number, the first one lowest.
fn number(bytes: &[u8]) -> u128 {
    bytes.iter().take(NEEDLE_BYTES_MAX).rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// So many bytes of it at most, those that are met least, and where they begin.
fn rarest(bytes: &[u8], length: usize) -> (usize, &[u8]) {
    if bytes.len() <= length {
        return (0, bytes);
    }
    let parts = bytes.windows(length).enumerate();
    parts.max_by_key(|(_, part)| rarity(part)).unwrap_or((0, bytes))
}

/// Where the bytes begin of which even the commonest are met least; `None` where there are not enough.
fn rarest_span(bytes: &[u8], way: Way) -> Option<usize> {
    let rarities: Vec<u32> = bytes.windows(way.bytes()).map(rarity).collect();
    let spans = rarities.windows(way.step()).enumerate();
    let rarest = spans.max_by_key(|(_, span)| (span.iter().min().copied(), span.iter().sum::<u32>()));
    rarest.map(|(place, _)| place)
}

/// Do all bytes by which a pattern may be found tell something? Runs of one byte, as of zeros, are met everywhere.
fn tells(span: &[u8], way: Way) -> bool {
    span.windows(way.bytes()).all(|gram| gram.iter().any(|byte| *byte != gram[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_pattern_a_part_is_looked_for() {
        let long = [b"eeeeeeeeeeeeeeeeeeeeeeeeeeee".as_slice(), b"q#zx~_7|k@w!", &[b' '; 30]].concat();
        let part = rarest(&long, NEEDLE_BYTES_MAX).1;
        assert!(part.windows(4).any(|part| part == b"q#zx"));
    }

    #[test]
    fn only_bytes_before_the_end_count() {
        let needle = Needle::of(b"A\0");
        let padded = [&b"xa"[..], &[0; NEEDLE_BYTES_MAX]].concat();
        assert_eq!([2, 3].map(|end| needle.is_at(&padded, 1, end)), [false, true]);
        assert!(!needle.is_at(&padded, 0, 3) && !needle.is_at(&padded, 9, 30));
    }
}
