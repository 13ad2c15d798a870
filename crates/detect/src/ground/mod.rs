//! The ground that every detector stands on: who opened a conversation, how it went, and who is who.
//!
//! A row becomes an observation of a client and a server ([`observation`](self)), whichever way the record was written; the
//! observations of one client, server, protocol and port are a [`Conversation`]; its records, stitched over capture
//! windows and both directions, are [`Session`]s with an [`Outcome`].

mod conversation;
mod direction;
mod estate;
mod fold;
mod held;
mod home;
mod hours;
mod interest;
mod key;
mod network;
mod observation;
mod pending;
mod ranks;
mod record;
mod session;
mod translators;
mod turned;

pub use conversation::Conversation;
pub use estate::{Estate, Host};
pub use fold::Fold;
pub use hours::Hour;
pub use record::{Record, Sign, Totals};
pub use session::{Outcome, Session};
