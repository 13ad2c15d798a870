//! What rules found, rule by rule.

use super::{Analysis, moment};
use crate::fold::alerts::{AlertKey, AlertRule, RuleId};
use crate::summary::{Alerts, RuleAlerts};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::IpAddr;

impl Analysis<'_> {
    /// The rules that matched, the most urgent first.
    pub(super) fn alerts(&self, rows_max: usize) -> Alerts {
        let folded = &self.fold.alerts;
        let mut rules: Vec<(&RuleId, &AlertRule)> = folded.rules.iter().collect();
        rules.sort_by_key(|(id, rule)| (rule.severity, Reverse(rule.count), **id));
        let listed = rules.len().min(rows_max);
        Alerts {
            count: folded.rules.values().map(|rule| rule.count).sum(),
            rules_unlisted: (rules.len() - listed) as u64,
            ungrouped: folded.turned_away,
            rules: rules[..listed].iter().map(|(id, rule)| self.rule_alerts(**id, rule)).collect(),
        }
    }

    fn rule_alerts(&self, id: RuleId, rule: &AlertRule) -> RuleAlerts {
        let keys =
            || self.fold.alerts.groups.range(first_of(id)..).map(|(key, _)| key).take_while(|key| key.rule == id);
        let distinct = |end: fn(&AlertKey) -> IpAddr| keys().map(end).collect::<BTreeSet<IpAddr>>().len() as u64;
        RuleAlerts {
            gid: id.0,
            signature_id: id.1,
            rev: rule.rev,
            signature: rule.message.to_string(),
            category: rule.category.to_string(),
            severity: rule.severity,
            attack: rule.attack.to_string(),
            count: rule.count,
            clients: distinct(|key| key.client),
            servers: distinct(|key| key.server),
            first: moment(rule.span.0),
            last: moment(rule.span.1),
        }
    }
}

/// The lowest key of a rule.
fn first_of(rule: RuleId) -> AlertKey {
    let lowest = IpAddr::from([0, 0, 0, 0]);
    AlertKey { rule, client: lowest, server: lowest, port: 0 }
}
