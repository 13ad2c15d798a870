//! The bits of `tcp_flags` (RFC 9293 section 3.1).

pub(crate) const FIN: i32 = 0x01;
pub(crate) const SYN: i32 = 0x02;
pub(crate) const RST: i32 = 0x04;
pub(crate) const PSH: i32 = 0x08;
pub(crate) const ACK: i32 = 0x10;
pub(crate) const URG: i32 = 0x20;
pub(crate) const ECE: i32 = 0x40;
pub(crate) const CWR: i32 = 0x80;
