//! The columns of the table `health`: what is not a flow.

use crate::field::fields;

fields! {
    /// Every column of `health`.
    HEALTH_FIELDS,
    /// The columns of `health`.
    HealthField;
    Kind "kind" Text "" "what happened: no_data, skip_data, parse_error, ..." {}
    Provider "provider" Text "" "the cloud whose log says so" {}
    SourceKind "source_kind" Text "" "the log format" {}
    AccountId "account_id" Text "" "the account of the log" { "aws": "account-id" }
    IfId "if_id" Text "" "the interface the record speaks of" { "aws": "interface-id" }
    TimeStart "time_start" Time "ns" "start of the window without data" { "aws": "start" }
    TimeEnd "time_end" Time "ns" "end of the window without data" { "aws": "end" }
    Detail "detail" Text "" "what exactly, why, and what to do" {}
    SrcObject "src_object" Text "" "the object it was found in" {}
    RecordNo "record_no" Int64 "" "line (text) or record (JSON, Parquet) in the object, from 1" {}
    SrcOffset "src_offset" Int64 "bytes" "byte offset in the decompressed object" {}
}
