//! Reading fields of a message: numbers, pieces, and vectors with their length before them (the presentation language of
//! TLS, RFC 8446, section 3). Numbers are big-endian; little-endian ones say so in their name.

/// The rest of a message. Every read either takes what it names or takes nothing and says `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*head)
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u24(&mut self) -> Option<u32> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn le16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn le32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn le64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn skip(&mut self, bytes: usize) -> Option<()> {
        self.take(bytes).map(|_| ())
    }

    /// Text up to a byte of zero, which is taken too; without one, nothing.
    pub(crate) fn zero_ended(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.rest)?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(text)
    }

    /// A vector of at most 255 bytes.
    pub(crate) fn vector8(&mut self) -> Option<&'a [u8]> {
        self.vector(1)
    }

    /// A vector of at most 65,535 bytes.
    pub(crate) fn vector16(&mut self) -> Option<&'a [u8]> {
        self.vector(2)
    }

    /// A vector of at most 2^24 - 1 bytes.
    pub(crate) fn vector24(&mut self) -> Option<&'a [u8]> {
        self.vector(3)
    }

    fn vector(&mut self, length_bytes: usize) -> Option<&'a [u8]> {
        let (length, rest) = self.rest.split_at_checked(length_bytes)?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (vector, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(vector)
    }
}

/// The numbers in a vector of two-byte numbers.
pub(crate) fn u16s(vector: &[u8]) -> impl Iterator<Item = u16> + Clone + '_ {
    vector.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}
