//! The anomalies that both sides can have, by Suricata's names.

/// One side's names.
pub(super) struct Names {
    pub(super) field_missing_colon: &'static str,
    pub(super) header_invalid: &'static str,
    pub(super) invalid_field_folding: &'static str,
    pub(super) field_too_long: &'static str,
    pub(super) too_many_headers: &'static str,
    pub(super) header_repetition: &'static str,
    pub(super) duplicate_content_length: &'static str,
    pub(super) invalid_content_length: &'static str,
    pub(super) invalid_chunk_length: &'static str,
    pub(super) chunk_extension: &'static str,
    pub(super) length_and_transfer_encoding: &'static str,
}

/// Requests.
pub(super) const REQUEST: Names = Names {
    field_missing_colon: "request_field_missing_colon",
    header_invalid: "request_header_invalid",
    invalid_field_folding: "invalid_request_field_folding",
    field_too_long: "request_field_too_long",
    too_many_headers: "request_too_many_headers",
    header_repetition: "request_header_repetition",
    duplicate_content_length: "duplicate_content_length_field_in_request",
    invalid_content_length: "invalid_content_length_field_in_request",
    invalid_chunk_length: "invalid_request_chunk_len",
    chunk_extension: "request_chunk_extension",
    length_and_transfer_encoding: "content_length_with_transfer_encoding_in_request",
};

/// Responses.
pub(super) const RESPONSE: Names = Names {
    field_missing_colon: "response_field_missing_colon",
    header_invalid: "response_header_invalid",
    invalid_field_folding: "invalid_response_field_folding",
    field_too_long: "response_field_too_long",
    too_many_headers: "response_too_many_headers",
    header_repetition: "response_header_repetition",
    duplicate_content_length: "duplicate_content_length_field_in_response",
    invalid_content_length: "invalid_content_length_field_in_response",
    invalid_chunk_length: "invalid_response_chunk_len",
    chunk_extension: "response_chunk_extension",
    length_and_transfer_encoding: "content_length_with_transfer_encoding_in_response",
};
