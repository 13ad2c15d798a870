//! Names of addresses that stand in the records: Kubernetes pods.

use super::observers::ip_addr;
use arrow_array::RecordBatch;
use hashbrown::HashMap;
use model::FlowField;
use std::net::IpAddr;
use table::read::{Ip, Texts};

/// Names by address; the first one stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressNames {
    names: HashMap<IpAddr, Box<str>>,
    max: usize,
}

impl AddressNames {
    /// None yet.
    pub(crate) fn new(max: usize) -> AddressNames {
        AddressNames { names: HashMap::new(), max }
    }

    /// The name of an address.
    pub(crate) fn get(&self, address: IpAddr) -> Option<&str> {
        self.names.get(&address).map(AsRef::as_ref)
    }

    /// Takes the names of a row.
    pub(crate) fn learn(&mut self, columns: &NameColumns<'_>, row: usize, src: Ip, dst: Ip) {
        for (column, ip) in [(&columns.src_pod, src), (&columns.dst_pod, dst)] {
            if column.view(row) != 0
                && let Some(address) = ip_addr(ip)
                && !self.names.contains_key(&address)
                && self.names.len() < self.max
            {
                self.names.insert(address, column.text(row).into());
            }
        }
    }

    /// Takes what came later, in the order of addresses.
    pub(crate) fn merge(&mut self, later: &mut AddressNames) {
        let mut names: Vec<(IpAddr, Box<str>)> = later.names.drain().collect();
        names.sort_unstable_by_key(|name| name.0);
        for (address, name) in names {
            if self.names.len() < self.max {
                self.names.entry(address).or_insert(name);
            }
        }
    }
}

/// The columns that name addresses.
pub(crate) struct NameColumns<'a> {
    src_pod: Texts<'a>,
    dst_pod: Texts<'a>,
}

impl<'a> NameColumns<'a> {
    /// The columns of a batch, if any of them has a value.
    pub(crate) fn of(batch: &'a RecordBatch) -> Option<NameColumns<'a>> {
        let src_pod = Texts::of(batch, FlowField::SrcK8sPod);
        let dst_pod = Texts::of(batch, FlowField::DstK8sPod);
        (!src_pod.is_absent() || !dst_pod.is_absent()).then_some(NameColumns { src_pod, dst_pod })
    }
}
