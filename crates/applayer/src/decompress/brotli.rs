//! Brotli (RFC 7932).

use super::{Failure, Next, OUTPUT_BYTES};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

pub(super) struct Brotli {
    state: State,
    is_over: bool,
    output: Box<[u8]>,
}

impl Brotli {
    pub(super) fn new() -> Brotli {
        let state = BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        Brotli { state, is_over: false, output: vec![0; OUTPUT_BYTES].into_boxed_slice() }
    }

    pub(super) fn push(&mut self, bytes: &[u8], next: Next<'_>) -> Result<(), Failure> {
        let (mut available_in, mut offset_in) = (bytes.len(), 0);
        while !self.is_over {
            let (mut available_out, mut offset_out, mut total_out) = (self.output.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut available_in,
                &mut offset_in,
                bytes,
                &mut available_out,
                &mut offset_out,
                &mut self.output,
                &mut total_out,
                &mut self.state,
            );
            if offset_out > 0 {
                next(&self.output[..offset_out])?;
            }
            match result {
                BrotliResult::ResultFailure => return Err(Failure::Damaged),
                BrotliResult::ResultSuccess => self.is_over = true,
                BrotliResult::NeedsMoreInput => break,
                BrotliResult::NeedsMoreOutput => {}
            }
        }
        Ok(())
    }
}
