//! How a report looks: as text for a terminal and as one HTML page.
//!
//! Both are drawn from a [`Summary`](crate::summary::Summary) alone and say the same things in the same order: the
//! verdict, the findings, then what the network did, who was turned away, what is reachable, and how far the logs can
//! be trusted. `tables` turns the summary into tables once; [`text()`] and [`html()`] only lay them out.
//!
//! **Names in logs are hostile.** Whoever can name a machine, a pod or an object chooses text that ends up here, so
//! that every foreign text goes through `units::clean` (no control, bidirectional or invisible character survives:
//! nothing can move a cursor, retitle a terminal or reorder a line), and in HTML through an escaping writer that
//! offers no way around it. See [`html()`] for the page's own defences.

mod html;
mod table;
mod tables;
mod tables_health;
mod tables_profile;
mod tables_transfer;
mod text;
mod ticks;
mod units;
mod week;
mod words;

#[cfg(test)]
mod sample;

pub use html::html;
pub use text::{findings, text};
