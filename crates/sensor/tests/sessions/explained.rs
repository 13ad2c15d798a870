//! Captures in which sessions differ, and why.

pub const ARKIME: &[(&str, &str)] = &[];
pub const COMMUNITY_ID: &[(&str, &str)] = &[];
pub const NDPI_NAMES: &[(&str, &str)] = &[];
pub const NDPI_PACKETS: &[(&str, &str)] = &[];
