//! Zstandard (RFC 8878), with the window that HTTP allows (RFC 9659).

use super::{Failure, Next, OUTPUT_BYTES};
use ::zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// 8 MiB: RFC 9659, section 3.
const WINDOW_LOG_MAX: u32 = 23;

pub(super) struct Zstd {
    /// None where the library had no memory for one.
    decoder: Option<Decoder<'static>>,
    output: Box<[u8]>,
}

impl Zstd {
    pub(super) fn new() -> Zstd {
        let mut decoder = Decoder::new().ok();
        let limited = decoder.as_mut().map(|decoder| decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX)));
        if !matches!(limited, Some(Ok(()))) {
            decoder = None;
        }
        Zstd { decoder, output: vec![0; OUTPUT_BYTES].into_boxed_slice() }
    }

    pub(super) fn push(&mut self, bytes: &[u8], next: Next<'_>) -> Result<(), Failure> {
        let decoder = self.decoder.as_mut().ok_or(Failure::Damaged)?;
        let mut input = InBuffer::around(bytes);
        loop {
            let mut output = OutBuffer::around(&mut self.output[..]);
            let result = decoder.run(&mut input, &mut output);
            let produced = output.pos();
            if produced > 0 {
                next(&self.output[..produced])?;
            }
            result.map_err(|_| Failure::Damaged)?;
            if input.pos() == bytes.len() && produced < self.output.len() {
                return Ok(());
            }
        }
    }
}
