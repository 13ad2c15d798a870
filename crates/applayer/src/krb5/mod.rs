//! Kerberos (RFC 4120): tickets.

mod name;
mod ticket;

pub use ticket::Ticket;
