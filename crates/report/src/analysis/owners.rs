//! What stands behind an address: by the interface that has it, else by the address, as of the moment it was seen; of
//! addresses outside that no inventory has, the country and the autonomous system.

use super::Analysis;
use crate::summary::InventoryFile;
use enrich::Inventory;
use enrich::geo::{Geo, Origin};
use enrich::inventory::{Owner, Place};
use hashbrown::HashMap;
use std::net::IpAddr;

/// An inventory, and what the flows say of interfaces.
#[derive(Default)]
pub(crate) struct Owners<'a> {
    inventory: Option<&'a Inventory>,
    geo: Option<&'a Geo>,
    /// The interface of each host whose log told it.
    interfaces: HashMap<IpAddr, &'a str>,
    /// When each host was last seen, in seconds since 1970.
    last_seen: Vec<u32>,
}

impl<'a> Owners<'a> {
    /// Nobody, if there is neither an inventory nor a database of origins.
    pub(super) fn of(analysis: &Analysis<'a>, inventory: Option<&'a Inventory>, geo: Option<&'a Geo>) -> Owners<'a> {
        if inventory.is_none() && geo.is_none() {
            return Owners::default();
        }
        let mut interfaces = HashMap::new();
        for observer in analysis.fold.observers.all.iter().filter(|observer| !observer.names.if_id.is_empty()) {
            for address in observer.addresses() {
                interfaces.entry(address).or_insert(&*observer.names.if_id);
            }
        }
        let mut last_seen = vec![0; analysis.hosts.len()];
        for talk in &analysis.talks {
            for host in [talk.client, talk.server] {
                last_seen[host as usize] = talk.span().1.max(last_seen[host as usize]);
            }
        }
        Owners { inventory, geo, interfaces, last_seen }
    }

    /// What stood behind an address at a moment.
    pub(crate) fn find(&self, address: IpAddr, at: u32) -> Option<&'a Owner> {
        let (inventory, at) = (self.inventory?, i64::from(at));
        let by_interface = self.interfaces.get(&address).and_then(|id| inventory.interface(id, at));
        by_interface.or_else(|| inventory.address(address, at))
    }

    /// Where an interface, or else whoever had an address, was at a moment.
    pub(crate) fn place(&self, interface: &str, address: IpAddr, at: u32) -> Option<&'a Place> {
        self.inventory?.place(interface, address, i64::from(at))
    }

    /// When a host was last seen.
    pub(crate) fn last_seen(&self, host: u32) -> u32 {
        self.last_seen.get(host as usize).copied().unwrap_or(0)
    }

    /// What stood behind an address, or an interface, at a moment; empty if that is not known.
    pub(crate) fn of_text(&self, text: &str, at: u32) -> String {
        let interface = || self.inventory.and_then(|inventory| inventory.interface(text, i64::from(at)));
        match text.parse() {
            Ok(address) => self.told(address, at),
            Err(_) => interface().map(Owner::to_string).unwrap_or_default(),
        }
    }

    fn told(&self, address: IpAddr, at: u32) -> String {
        let owner = self.find(address, at).map(Owner::to_string);
        owner.or_else(|| Some(self.geo?.origin(address).to_string())).unwrap_or_default()
    }

    /// Where an address is and whose network it is in; nothing without a database.
    pub(crate) fn origin(&self, address: IpAddr) -> Origin<'a> {
        self.geo.map(|geo| geo.origin(address)).unwrap_or_default()
    }

    /// Is there a database of origins?
    pub(crate) fn knows_origins(&self) -> bool {
        self.geo.is_some()
    }
}

impl Analysis<'_> {
    /// What stood behind a host at a moment; empty if that is not known.
    pub(super) fn owner(&self, host: u32, at: u32) -> String {
        self.owners.told(self.host(host).ip, at)
    }

    /// What stood behind a host at a moment, else the name that its records have.
    pub(crate) fn owner_or_name(&self, host: u32, at: u32) -> String {
        let owner = self.owner(host, at);
        if owner.is_empty() { self.host(host).name.clone() } else { owner }
    }

    /// What stood behind a host when it was seen last.
    pub(super) fn last_owner(&self, host: u32) -> String {
        self.owners.last_seen.get(host as usize).map(|&at| self.owner(host, at)).unwrap_or_default()
    }

    /// The service behind a host at a moment.
    pub(super) fn owner_service(&self, host: u32, at: u32) -> Option<&str> {
        let owner = self.owners.find(self.host(host).ip, at)?;
        Some(&*owner.service).filter(|service| !service.is_empty())
    }

    /// Is there an inventory?
    pub(super) fn knows_owners(&self) -> bool {
        self.owners.inventory.is_some()
    }
}

/// What was loaded.
pub(super) fn files(inventory: &Inventory) -> Vec<InventoryFile> {
    let file = |file: &enrich::inventory::File| InventoryFile {
        name: file.name.clone(),
        format: file.format.name().to_owned(),
        entries: file.entries() as u64,
        unread: file.unread,
    };
    inventory.files().iter().map(file).collect()
}
