//! Records that are no connections: counted by their log, and told once at the end of the object.

use crate::format::Origin;
use crate::health::{Place, excerpt};
use model::vocabulary::HealthKind;
use table::Tables;

/// Names kept apart, at most; more are counted together.
const NAMES_MAX: usize = 32;

/// Records of one other log.
struct Other {
    path: Box<[u8]>,
    records: u64,
    first: Place,
}

/// Records of other logs in one object.
#[derive(Default)]
pub(super) struct Others {
    seen: Vec<Other>,
}

impl Others {
    /// Counts a record of the log of that path; an empty one says that the record does not tell.
    pub(super) fn count(&mut self, path: &[u8], place: Place) {
        let known = self.seen.iter().position(|other| *other.path == *path);
        let known = known.or_else(|| (self.seen.len() >= NAMES_MAX).then_some(NAMES_MAX - 1));
        match known {
            Some(at) => self.seen[at].records += 1,
            None => self.seen.push(Other { path: path.into(), records: 1, first: place }),
        }
    }

    /// A row of `health` for each log.
    pub(super) fn tell(&mut self, origin: &Origin, out: &mut Tables) {
        let is_full = self.seen.len() == NAMES_MAX;
        for (number, other) in self.seen.drain(..).enumerate() {
            let name = match &*other.path {
                [] => "without a path and without a connection's fields".to_owned(),
                _ if is_full && number == NAMES_MAX - 1 => format!("of {} and further logs", excerpt(&other.path)),
                path => format!("of the log {}", excerpt(path)),
            };
            let detail = format!("{} records {name}: only conn is read", other.records);
            other.first.note(HealthKind::OtherRecord, &detail, origin, out);
        }
    }
}
