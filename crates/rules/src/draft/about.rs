//! What a rule says of itself, while it is read.

use crate::detect::{About, Action, Metadata, Target};
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
        let metadata = self.metadata.iter().map(|(name, values)| (name.as_str(), values.iter().map(String::as_str)));
        About {
            gid: self.gid.unwrap_or(1),
            sid,
            rev: self.rev.unwrap_or(0),
            message: self.message.unwrap_or_default().into(),
            category: self.class.map_or_else(|| "".into(), |class| class.description),
            severity: self.priority.unwrap_or(of_class),
            action: self.action.unwrap_or(Action::Alert),
            metadata: Metadata::new(metadata),
            references: self.references.into_iter().map(String::into).collect(),
            target: self.target,
        }
    }
}
