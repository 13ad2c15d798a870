//! What hosts are, one copy of each: thousands of hosts are the same to a policy.

use hashbrown::{HashMap, HashSet};
use std::hash::Hash;
use std::net::IpAddr;
use std::rc::Rc;

/// What each host is.
pub(crate) struct PerHost<T> {
    hosts: HashMap<IpAddr, Rc<T>>,
    known: HashSet<Rc<T>>,
}

impl<T> Default for PerHost<T> {
    fn default() -> Self {
        PerHost { hosts: HashMap::new(), known: HashSet::new() }
    }
}

impl<T: Eq + Hash> PerHost<T> {
    /// What a host is; `find` is asked once per host.
    pub(crate) fn get(&mut self, address: IpAddr, find: impl FnOnce() -> T) -> Rc<T> {
        let known = &mut self.known;
        let find = || {
            let found = Rc::new(find());
            known.get_or_insert(found).clone()
        };
        self.hosts.entry(address).or_insert_with(find).clone()
    }
}
