//! Domain names (RFC 1035 section 3.1), with compression (section 4.1.4).

/// So much of a name is told: four times what RFC 1035 allows, as Suricata does.
pub(super) const NAME_BYTES_MAX: usize = 1025;
/// Labels of one name that are read.
const LABELS_MAX: u32 = 255;
/// Pointers of one name that are followed.
const POINTERS_MAX: u32 = 255;

/// What is odd about a name, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oddities(pub(super) u8);

impl Oddities {
    /// It is longer than [`NAME_BYTES_MAX`].
    pub(super) const TOO_LONG: Oddities = Oddities(1);
    /// It points to itself, or in too many steps.
    pub(super) const LOOP: Oddities = Oddities(2);
    /// It has more labels than [`LABELS_MAX`].
    pub(super) const TOO_MANY_LABELS: Oddities = Oddities(4);

    /// Is this among them?
    pub(super) fn has(self, other: Oddities) -> bool {
        self.0 & other.0 != 0
    }

    /// These too.
    pub(super) fn add(&mut self, other: Oddities) {
        self.0 |= other.0;
    }
}

/// A name that was walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walked {
    /// Where what stands behind the name begins.
    pub(super) end: usize,
    /// Bytes of the name as text.
    pub(super) text_bytes: usize,
    /// Labels and pointers.
    pub(super) steps: u32,
    pub(super) oddities: Oddities,
}

/// The labels of a name, one by one.
struct Labels<'a> {
    message: &'a [u8],
    at: usize,
    /// Behind the first pointer, or behind the name.
    end: Option<usize>,
    labels: u32,
    pointers: u32,
    oddities: Oddities,
}

impl<'a> Labels<'a> {
    fn new(message: &'a [u8], at: usize) -> Labels<'a> {
        Labels { message, at, end: None, labels: 0, pointers: 0, oddities: Oddities::default() }
    }

    /// The next label, nothing behind the last one; `None` where the name is broken.
    fn next(&mut self) -> Option<Option<&'a [u8]>> {
        loop {
            let length = *self.message.get(self.at)?;
            match length {
                0 => {
                    self.end.get_or_insert(self.at + 1);
                    return Some(None);
                }
                1..=63 => {
                    let begin = self.at + 1;
                    let label = self.message.get(begin..begin + usize::from(length))?;
                    self.labels += 1;
                    if self.labels > LABELS_MAX {
                        self.oddities.add(Oddities::TOO_MANY_LABELS);
                        return self.give_up();
                    }
                    self.at = begin + label.len();
                    return Some(Some(label));
                }
                0xc0.. => {
                    let low = *self.message.get(self.at + 1)?;
                    self.end.get_or_insert(self.at + 2);
                    self.at = usize::from(length & 0x3f) << 8 | usize::from(low);
                    self.pointers += 1;
                    if self.pointers > POINTERS_MAX {
                        self.oddities.add(Oddities::LOOP);
                        return self.give_up();
                    }
                }
                _ => return None,
            }
        }
    }

    /// The name is over before its end. Without a pointer, its end is behind all of its labels.
    fn give_up(&mut self) -> Option<Option<&'a [u8]>> {
        while self.end.is_none() {
            match *self.message.get(self.at)? {
                0 => self.end = Some(self.at + 1),
                length @ 1..=63 => self.at += 1 + usize::from(length),
                0xc0.. => self.end = Some(self.at + 2),
                _ => return None,
            }
        }
        Some(None)
    }
}

/// Walks through the name that begins at an offset of a message; `None` where it is broken.
pub(super) fn walk(message: &[u8], at: usize) -> Option<Walked> {
    let (mut labels, mut text_bytes) = (Labels::new(message, at), 0);
    while let Some(label) = labels.next()? {
        text_bytes += label.len() + usize::from(text_bytes > 0);
    }
    if text_bytes > NAME_BYTES_MAX {
        labels.oddities.add(Oddities::TOO_LONG);
    }
    let steps = labels.labels + labels.pointers + 1;
    Some(Walked { end: labels.end?, text_bytes, steps, oddities: labels.oddities })
}

/// Appends the name at an offset as text: labels with dots between them, as they are, up to [`NAME_BYTES_MAX`].
pub(super) fn push_text(message: &[u8], at: usize, text: &mut Vec<u8>) {
    let (begin, mut labels) = (text.len(), Labels::new(message, at));
    while let Some(Some(label)) = labels.next() {
        if text.len() > begin {
            text.push(b'.');
        }
        text.extend_from_slice(label);
        if text.len() - begin >= NAME_BYTES_MAX {
            text.truncate(begin + NAME_BYTES_MAX);
            return;
        }
    }
}

/// A number for a name, the same for small and capital letters (FNV-1a).
pub(super) fn key(message: &[u8], at: usize) -> u32 {
    let (mut key, mut labels) = (0x811c_9dc5_u32, Labels::new(message, at));
    while let Some(Some(label)) = labels.next() {
        for byte in label.iter().map(u8::to_ascii_lowercase).chain([b'.']) {
            key = (key ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    key
}
