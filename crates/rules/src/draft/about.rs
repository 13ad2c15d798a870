//! What a rule says of itself, while it is read.

use crate::detect::{About, Action, Target};
use crate::settings::Class;

/// Priority of a rule that says none and has no class.
const PRIORITY: u32 = 3;

/// What a rule says of itself, while it is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct AboutDraft {
    pub(crate) action: Option<Action>,
    pub(crate) gid: Option<u32>,
    pub(crate) sid: Option<u32>,
    pub(crate) rev: Option<u32>,
    pub(crate) message: Option<String>,
    pub(crate) class: Option<Class>,
    pub(crate) priority: Option<u32>,
    pub(crate) metadata: Vec<(String, Vec<String>)>,
    pub(crate) references: Vec<String>,
    pub(crate) target: Option<Target>,
}

impl AboutDraft {
    pub(crate) fn finish(self, sid: u32) -> About {
        let of_class = self.class.as_ref().map_or(PRIORITY, |class| class.priority);
        About {
            gid: self.gid.unwrap_or(1),
            sid,
            rev: self.rev.unwrap_or(0),
            message: self.message.unwrap_or_default(),
            category: self.class.map(|class| class.description).unwrap_or_default(),
            severity: self.priority.unwrap_or(of_class),
            action: self.action.unwrap_or(Action::Alert),
            metadata: self.metadata,
            references: self.references,
            target: self.target,
        }
    }
}
