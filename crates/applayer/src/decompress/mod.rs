//! Compressed bodies, decompressed as they come and under limits: gzip, deflate (zlib or raw), brotli, zstd, in layers.
//!
//! Lenient as browsers are: the first bytes decide between gzip, zlib and raw deflate whatever the header says, checksums
//! are not verified, and what is no compressed data at all goes through as it is.

mod brotli;
mod inflate;
mod zstd;

use brotli::Brotli;
use inflate::Inflate;
use zstd::Zstd;

/// A coding that a body may be in: the names of HTTP's Content-Encoding (RFC 9110, section 8.4.1; RFC 7932; RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `deflate`.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
}

impl Coding {
    /// The coding of that name.
    pub fn named(name: &[u8]) -> Option<Coding> {
        const NAMES: [(&[u8], Coding); 6] = [
            (b"gzip", Coding::Gzip),
            (b"x-gzip", Coding::Gzip),
            (b"deflate", Coding::Deflate),
            (b"x-deflate", Coding::Deflate),
            (b"br", Coding::Brotli),
            (b"zstd", Coding::Zstd),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, coding)| *coding)
    }
}

/// What one body may become.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Codings on top of each other.
    pub layers_max: usize,
    /// Bytes out for each byte in, once [`Limits::ratio_from_bytes`] came out.
    pub ratio_max: u64,
    /// Below so many bytes out, no ratio is too much.
    pub ratio_from_bytes: u64,
    /// Bytes out at all.
    pub output_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { layers_max: 3, ratio_max: 2_048, ratio_from_bytes: 1 << 20, output_bytes_max: 1 << 30 }
    }
}

/// What went wrong. Except for [`Failure::NotCompressed`], nothing more comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The bytes are not what the coding says.
    Damaged,
    /// The bytes are in no coding at all: they go on coming out as they are.
    NotCompressed,
    /// A limit was reached.
    Bomb,
}

/// One body on its way through its codings.
pub struct Decompressor {
    /// The outermost coding first.
    layers: Vec<Layer>,
    limits: Limits,
    bytes_in: u64,
    bytes_out: u64,
    is_over: bool,
    told_plain: bool,
}

/// One coding. It consumes all that it is given, or it is at its end or damaged.
enum Layer {
    Inflate(Box<Inflate>),
    Brotli(Box<Brotli>),
    Zstd(Box<Zstd>),
}

/// Room for what one step of one layer puts out.
const OUTPUT_BYTES: usize = 16 << 10;

impl Decompressor {
    /// A decompressor for codings in the order in which they were applied. None where there are more than the limit says.
    pub fn new(codings: &[Coding], limits: Limits) -> Option<Decompressor> {
        if codings.len() > limits.layers_max {
            return None;
        }
        let layers = codings.iter().rev().map(|coding| Layer::new(*coding)).collect();
        Some(Decompressor { layers, limits, bytes_in: 0, bytes_out: 0, is_over: false, told_plain: false })
    }

    /// Decompresses the next bytes; `take` gets what comes out, in pieces. Tells a failure once, when it happens.
    pub fn push(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        if self.is_over {
            return Ok(());
        }
        self.bytes_in += bytes.len() as u64;
        let mut meter = Meter { allowed: self.allowed_bytes(), bytes_out: self.bytes_out, take };
        let result = push_through(&mut self.layers, bytes, &mut meter);
        self.bytes_out = meter.bytes_out;
        self.is_over = result.is_err();
        result.and_then(|()| self.tell_plain())
    }

    /// The body is over: puts out what waited for more.
    pub fn finish(&mut self, take: &mut dyn FnMut(&[u8])) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        let mut meter = Meter { allowed: u64::MAX, bytes_out: self.bytes_out, take };
        if let [Layer::Inflate(only)] = &mut self.layers[..] {
            let _nothing_can_fail = only.finish(&mut |output| meter.take(output));
        }
    }

    /// Bytes are missing: nothing more comes out.
    pub fn give_up(&mut self) {
        self.is_over = true;
    }

    fn tell_plain(&mut self) -> Result<(), Failure> {
        let is_plain = |layer: &Layer| matches!(layer, Layer::Inflate(inflate) if inflate.is_plain());
        if self.told_plain || !self.layers.iter().any(is_plain) {
            return Ok(());
        }
        self.told_plain = true;
        Err(Failure::NotCompressed)
    }

    fn allowed_bytes(&self) -> u64 {
        let by_ratio = self.bytes_in.saturating_mul(self.limits.ratio_max).max(self.limits.ratio_from_bytes);
        by_ratio.min(self.limits.output_bytes_max)
    }
}

/// Counts what comes out of the innermost layer.
struct Meter<'a> {
    allowed: u64,
    bytes_out: u64,
    take: &'a mut dyn FnMut(&[u8]),
}

impl Meter<'_> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let room = usize::try_from(self.allowed - self.bytes_out.min(self.allowed)).unwrap_or(usize::MAX);
        let fitting = &bytes[..bytes.len().min(room)];
        self.bytes_out += fitting.len() as u64;
        if !fitting.is_empty() {
            (self.take)(fitting);
        }
        if fitting.len() < bytes.len() { Err(Failure::Bomb) } else { Ok(()) }
    }
}

fn push_through(layers: &mut [Layer], bytes: &[u8], meter: &mut Meter<'_>) -> Result<(), Failure> {
    let Some((outer, inner)) = layers.split_first_mut() else { return meter.take(bytes) };
    outer.push(bytes, &mut |output| push_through(inner, output, meter))
}

/// What a layer hands its output to.
type Next<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Failure>;

impl Layer {
    fn new(coding: Coding) -> Layer {
        match coding {
            Coding::Gzip => Layer::Inflate(Box::new(Inflate::gzip())),
            Coding::Deflate => Layer::Inflate(Box::new(Inflate::deflate())),
            Coding::Brotli => Layer::Brotli(Box::new(Brotli::new())),
            Coding::Zstd => Layer::Zstd(Box::new(Zstd::new())),
        }
    }

    fn push(&mut self, bytes: &[u8], next: Next<'_>) -> Result<(), Failure> {
        match self {
            Layer::Inflate(inflate) => inflate.push(bytes, next),
            Layer::Brotli(brotli) => brotli.push(bytes, next),
            Layer::Zstd(zstd) => zstd.push(bytes, next),
        }
    }
}

#[cfg(test)]
mod tests;
