//! What is known about an address or a port beyond the record it stands in.
//!
//! Input: addresses as network-order bytes, port numbers, and the bytes of threat lists and inventories that somebody
//! else has read. Output: address classes, service and protocol names, Community IDs, hits on lists, owners.
//! Knows nothing of: files, the network, the clock, columns, flows, findings. Whether a hit matters (who initiated, was
//! it accepted, how much data) is for the detectors; an entry's expiry is kept and compared by whoever knows the time.
//! Start at: [`AddressClass`], [`CidrSet`], [`community_id()`](community_id::community_id), [`service::service_name`],
//! [`intel::load`] and [`Intel`], [`inventory::load`] and [`Inventory`], [`geo::Database`].
//!
//! ```
//! use enrich::intel::{self, Intel, Limits};
//!
//! let list = intel::load("c2.txt", b"198.100.1.7\n45.9.148.0/24\n8.8.8.8\n", &Limits::default());
//! assert_eq!(list.report.entries, 2);
//! assert_eq!(list.report.public_dns, 1); // reported, never matched
//!
//! let intel = Intel::build(vec![list]);
//! let hit = intel.lookup(&[45, 9, 148, 20]).expect("inside the /24");
//! assert_eq!(hit.lists().collect::<Vec<_>>(), ["c2.txt"]);
//! assert!(intel.lookup(&[1, 1, 1, 1]).is_none());
//! ```

pub mod address;
pub mod community_id;
pub mod geo;
pub mod intel;
pub mod inventory;
pub mod prefix;
mod segments;
pub mod service;

pub use address::{AddressClass, is_cloud_metadata, is_internal, is_private};
pub use community_id::CommunityId;
pub use intel::Intel;
pub use inventory::Inventory;
pub use prefix::{CidrSet, PrefixError, PrefixMap};
