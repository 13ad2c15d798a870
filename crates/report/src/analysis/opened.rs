//! Who opened what, as the records told one by one: a blacklist's hit is outbound only if one of ours began.
//!
//! The report's own conversations are turned by ports where nothing says more; the ground of the detectors has seen the
//! flags of each record, and both halves of each five-tuple.

use detect::Estate;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Pairs of a host of ours and one outside: did ours ever try to open anything?
#[derive(Default)]
pub(crate) struct Opened(BTreeMap<(IpAddr, IpAddr), bool>);

impl Opened {
    /// Of all conversations that were looked at record by record.
    pub(super) fn of(estate: &Estate) -> Opened {
        let mut pairs: BTreeMap<(IpAddr, IpAddr), bool> = BTreeMap::new();
        for talk in &estate.conversations {
            let (client, server) = (estate.host(talk.client), estate.host(talk.server));
            match (client.is_inside, server.is_inside) {
                (true, false) => *pairs.entry((client.address, server.address)).or_default() |= talk.is_attempt(),
                (false, true) => _ = pairs.entry((server.address, client.address)).or_default(),
                _ => {}
            }
        }
        Opened(pairs)
    }

    /// Is it known that ours opened nothing to this one?
    pub(super) fn never(&self, ours: IpAddr, theirs: IpAddr) -> bool {
        self.0.get(&(ours, theirs)) == Some(&false)
    }
}
