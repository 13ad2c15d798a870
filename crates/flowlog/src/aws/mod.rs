//! AWS VPC flow logs (v2 to v11) and Transit Gateway flow logs (v6).
//!
//! [`AwsText`] reads S3 text objects, CloudWatch exports and CSV; [`AwsJson`] finds the same records
//! inside CloudWatch, Firehose and other JSON. Both end in [`RecordDecoder`].

mod fields;
mod json;
mod layout;
mod own_address;
mod record;
mod text;

pub use fields::{AWS_FIELDS, AwsField, Meaning, Side};
pub use json::AwsJson;
pub use record::RecordDecoder;
pub use text::AwsText;
