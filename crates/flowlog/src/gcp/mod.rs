//! gcp.

use crate::format::{DecodeOptions, Decoder, Format, Likeness};

/// GcpJson.
pub struct GcpJson;

impl Format for GcpJson {
    fn name(&self) -> &'static str { "gcp" }
    fn describe(&self) -> &'static str { "" }
    fn sniff(&self, _head: &[u8]) -> Likeness { Likeness::No }
    fn decoder(&self, _options: &DecodeOptions) -> Box<dyn Decoder> { unimplemented!() }
}
