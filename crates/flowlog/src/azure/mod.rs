//! azure.

use crate::format::{DecodeOptions, Decoder, Format, Likeness};

/// AzureJson.
pub struct AzureJson;

impl Format for AzureJson {
    fn name(&self) -> &'static str { "azure" }
    fn describe(&self) -> &'static str { "" }
    fn sniff(&self, _head: &[u8]) -> Likeness { Likeness::No }
    fn decoder(&self, _options: &DecodeOptions) -> Box<dyn Decoder> { unimplemented!() }
}
