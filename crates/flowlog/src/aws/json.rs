//! azure.

use crate::format::{DecodeOptions, Decoder, Format, Likeness};

/// AwsJson.
pub struct AwsJson;

impl Format for AwsJson {
    fn name(&self) -> &'static str { "aws" }
    fn describe(&self) -> &'static str { "" }
    fn sniff(&self, _head: &[u8]) -> Likeness { Likeness::No }
    fn decoder(&self, _options: &DecodeOptions) -> Box<dyn Decoder> { unimplemented!() }
}
