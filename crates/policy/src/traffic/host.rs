//! What records say of the host they were made at.

use std::collections::BTreeMap;

/// What is known of a host beyond its address. Of contradicting records the least text counts, so that their order does
/// not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Account, subscription or project.
    pub account: Option<Box<str>>,
    /// Network.
    pub vpc: Option<Box<str>>,
    /// Subnet.
    pub subnet: Option<Box<str>>,
    /// Machine.
    pub instance: Option<Box<str>>,
    /// Cloud service.
    pub service: Option<Box<str>>,
    /// Tags, as the record names them.
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

impl Host {
    /// Adds what another record says.
    pub(super) fn add(&mut self, other: Host, tags_max: usize) {
        for (own, other) in [
            (&mut self.account, other.account),
            (&mut self.vpc, other.vpc),
            (&mut self.subnet, other.subnet),
            (&mut self.instance, other.instance),
            (&mut self.service, other.service),
        ] {
            set_least(own, other.as_deref());
        }
        other.tags.into_iter().for_each(|(key, value)| self.add_tag(&key, &value, tags_max));
    }

    /// Adds a tag, as long as there is room.
    pub(super) fn add_tag(&mut self, key: &str, value: &str, tags_max: usize) {
        let has_room = self.tags.len() < tags_max;
        match self.tags.get_mut(key) {
            Some(known) if **known <= *value => {}
            Some(known) => *known = value.into(),
            None if has_room => {
                self.tags.insert(key.into(), value.into());
            }
            None => {}
        }
    }
}

/// Keeps the lesser of two texts.
pub(super) fn set_least(own: &mut Option<Box<str>>, other: Option<&str>) {
    if let Some(other) = other
        && own.as_deref().is_none_or(|known| other < known)
    {
        *own = Some(other.into());
    }
}
