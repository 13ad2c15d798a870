//! Flow records of other kinds as cloud flow logs, as the clouds would have written them.
//!
//! The labelled traffic comes as Zeek's and Argus's records or as captures: one record per connection, with both
//! directions, exact. A cloud aggregates, splits, samples and refuses. The rules are those of the specification of
//! detection, section 4. What a record is labelled stands beside the log, never in it.
//! Start at: [`connections`], [`Cloud`], [`convert`].

mod aws;
mod azure;
mod connection;
mod estate;
mod gcp;
mod output;
mod spread;

pub use connection::{Connection, connections};
pub use estate::Estate;
pub use output::Converted;

/// A cloud's flow log, and what may be chosen about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// AWS VPC flow logs (version 5 fields), aggregated over windows of 60 or 600 s, without sampling.
    Aws {
        /// The length of a window, in seconds.
        window_s: u32,
    },
    /// Azure VNet flow logs (version 4): a record per NIC and minute.
    Azure,
    /// GCP VPC flow logs: one of so many packets is looked at, and half of the records are kept.
    Gcp {
        /// Chooses the packets and records.
        seed: u64,
        /// One of so many packets is looked at: 10 to 30 on real hosts.
        packets_per_sample: u32,
    },
}

impl Cloud {
    /// The four conversions that detections are measured with, by name.
    pub const MEASURED: [(&'static str, Cloud); 4] = [
        ("aws60", Cloud::Aws { window_s: 60 }),
        ("aws600", Cloud::Aws { window_s: 600 }),
        ("azure", Cloud::Azure),
        ("gcp", Cloud::Gcp { seed: 1, packets_per_sample: 10 }),
    ];
}

/// These connections as the log of a cloud in which the local hosts stand.
pub fn convert(connections: &[Connection], cloud: Cloud) -> Converted {
    let estate = Estate::of(connections);
    match cloud {
        Cloud::Aws { window_s } => aws::convert(connections, &estate, i64::from(window_s.max(1))),
        Cloud::Azure => azure::convert(connections, &estate),
        Cloud::Gcp { seed, packets_per_sample } => gcp::convert(connections, &estate, seed, packets_per_sample.max(1)),
    }
}
