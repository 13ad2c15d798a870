//! Which account, region and network an address is of, as the records of its own interface say.

use super::observation::mix;
use arrow_array::RecordBatch;
use hashbrown::HashMap;
use model::FlowField as F;
use std::net::IpAddr;
use table::read::{Addresses, Texts, inline_view};

/// Addresses and networks that are remembered; further ones have none.
const ADDRESSES_MAX: usize = 200_000;
const NETWORKS_MAX: usize = 10_000;
/// Addresses that were looked at last: most rows are of few.
const RECENT: usize = 1_024;

/// The network of each address that an interface of its own told of.
#[derive(Clone, Debug, Default)]
pub(super) struct Networks {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    by_address: HashMap<IpAddr, u32>,
    recent: Vec<Option<(IpAddr, u32)>>,
}

/// The columns that tell it.
struct Columns<'a> {
    account: Texts<'a>,
    region: Texts<'a>,
    vpc: Texts<'a>,
    direction: Texts<'a>,
    src: Addresses<'a>,
    dst: Addresses<'a>,
    interface: [Addresses<'a>; 2],
}

impl Columns<'_> {
    fn name(&self, row: usize) -> String {
        let parts = [&self.account, &self.region, &self.vpc].map(|column| column.text(row));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// The address that the interface has, if the packet has it too.
    #[inline]
    fn own(&self, row: usize) -> Option<IpAddr> {
        const EGRESS: u128 = inline_view("egress");
        const INGRESS: u128 = inline_view("ingress");
        let (own, interface) = match self.direction.view(row) {
            EGRESS => (&self.src, &self.interface[0]),
            INGRESS => (&self.dst, &self.interface[1]),
            _ => return None,
        };
        // A gateway passes on what others send.
        if interface.at(row).address().is_some() { None } else { own.at(row).address() }
    }
}

impl Networks {
    /// Learns from a batch that says of which network its interfaces are.
    pub(super) fn push(&mut self, batch: &RecordBatch) {
        let text = |field: F| Texts::of(batch, field);
        let address = |field: F| Addresses::of(batch, field);
        let columns = Columns {
            account: text(F::AccountId),
            region: text(F::Region),
            vpc: text(F::VpcId),
            direction: text(F::Direction),
            src: address(F::SrcIp),
            dst: address(F::DstIp),
            interface: [address(F::SrcIpIf), address(F::DstIpIf)],
        };
        if columns.vpc.is_absent() {
            return;
        }
        self.recent.resize(RECENT, None);
        let mut last = None;
        for row in 0..batch.num_rows() {
            let views = [columns.account.view(row), columns.region.view(row), columns.vpc.view(row)];
            let number = match last {
                Some((same, number)) if same == views => number,
                _ => self.number(columns.name(row)),
            };
            last = Some((views, number));
            if let (Some(number), Some(own)) = (number, columns.own(row)) {
                self.learn(own, number);
            }
        }
    }

    #[inline]
    fn learn(&mut self, address: IpAddr, number: u32) {
        let hash = match address {
            IpAddr::V4(address) => mix(u64::from(address.to_bits()), 0),
            IpAddr::V6(address) => mix(address.to_bits() as u64, (address.to_bits() >> 64) as u64),
        };
        let recent = &mut self.recent[hash as usize % RECENT];
        if *recent != Some((address, number)) {
            *recent = Some((address, number));
            self.insert(address, number);
        }
    }

    /// Of an address that is in two networks (their ranges overlap) the name that comes first counts.
    fn insert(&mut self, address: IpAddr, number: u32) {
        let has_place = self.by_address.len() < ADDRESSES_MAX;
        let Networks { by_address, names, .. } = self;
        match by_address.get_mut(&address) {
            Some(known) if names[number as usize] < names[*known as usize] => *known = number,
            None if has_place => {
                by_address.insert(address, number);
            }
            _ => {}
        }
    }

    fn number(&mut self, name: String) -> Option<u32> {
        if let Some(number) = self.numbers.get(&name) {
            return Some(*number);
        }
        if name.is_empty() || self.names.len() >= NETWORKS_MAX {
            return None;
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        Some(number)
    }

    /// Adds what another knows, and leaves that empty.
    pub(super) fn merge(&mut self, other: &mut Networks) {
        let Networks { names, by_address, .. } = std::mem::take(other);
        let numbers: Vec<Option<u32>> = names.into_iter().map(|name| self.number(name)).collect();
        for (address, number) in by_address {
            if let Some(number) = numbers[number as usize] {
                self.insert(address, number);
            }
        }
    }

    /// The network of an address: `account/region/network`, as far as is known.
    pub(super) fn of(&self, address: IpAddr) -> Option<&str> {
        self.by_address.get(&address).map(|number| self.names[*number as usize].as_str())
    }
}
