//! What was decided over all of a flow.

use crate::exception::ExceptionPolicy;
use rules::rule::{Compiled, Scope};
use rules::{Action, Matched};

/// What becomes of a flow's further packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Rules do not look at them.
    Passed,
    /// Nothing looks at them.
    Bypassed,
    /// A rule has thrown the flow away. Where nothing can be thrown away, rules do not look at it any more.
    Dropped,
    /// An exception policy has.
    DroppedByException,
}

impl Fate {
    /// What a policy makes of the whole flow.
    pub(crate) const fn of(policy: ExceptionPolicy) -> Option<Fate> {
        match policy {
            ExceptionPolicy::PassFlow => Some(Fate::Passed),
            ExceptionPolicy::Bypass => Some(Fate::Bypassed),
            ExceptionPolicy::DropFlow | ExceptionPolicy::Reject => Some(Fate::DroppedByException),
            ExceptionPolicy::Ignore | ExceptionPolicy::PassPacket | ExceptionPolicy::DropPacket => None,
        }
    }

    /// EVE's `flow.action`.
    pub(crate) const fn action(self) -> Option<&'static str> {
        match self {
            Fate::Passed => Some("pass"),
            Fate::Dropped | Fate::DroppedByException => Some("drop"),
            Fate::Bypassed => None,
        }
    }

    /// EVE's `drop.reason` of the packets behind the one that decided.
    pub(crate) const fn drop_reason(self) -> Option<&'static str> {
        match self {
            Fate::Dropped => Some("flow drop"),
            Fate::DroppedByException => Some("exception policy flow drop"),
            Fate::Passed | Fate::Bypassed => None,
        }
    }

    /// What a rule decides over all of a flow, by what it has matched.
    pub(crate) fn by_rule(rule: &Compiled, action: Action, matched: Matched) -> Option<Fate> {
        let is_of_flow = matched != Matched::Packet || matches!(rule.scope, Scope::FlowOnce | Scope::Protocol);
        match action {
            _ if rule.bypasses => Some(Fate::Bypassed),
            Action::Pass if is_of_flow => Some(Fate::Passed),
            action if action.drops() && is_of_flow => Some(Fate::Dropped),
            _ => None,
        }
    }
}
