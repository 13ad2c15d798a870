//! The sums as the summary tells them, with what they cost.

use super::class::{CLASSES, Class, Kind, Row};
use super::prices::Prices;
use super::tally::{ClassSum, Other, PairSum, Tally};
use crate::analysis::Analysis;
use crate::knowledge;
use crate::summary::{Transfer, TransferClass, TransferPair};
use std::cmp::Reverse;

/// Seconds of a month: 730 hours, as providers reckon.
pub(crate) const MONTH_S: u64 = 730 * 3_600;
/// From less than this a month is not told: the hours of a day differ. Records of a day end a little before it does.
pub(crate) const DAY_S: u64 = 23 * 3_600;
/// Bytes of a GB, as prices mean it here.
const GB: f64 = 1e9;

impl Tally<'_> {
    /// The section of the summary.
    pub(crate) fn told(&self, analysis: &Analysis<'_>) -> Transfer {
        let (period_s, prices) = (analysis.period_s(), analysis.prices);
        let mut classes: Vec<TransferClass> = CLASSES
            .iter()
            .filter(|row| self.sum(row.class).bytes > 0)
            .map(|row| self.class(row, analysis, period_s))
            .collect();
        classes.sort_by_key(|class| (class.kind == "through", Reverse(class.bytes)));
        let costs: Vec<f64> = classes.iter().filter_map(|class| class.cost).collect();
        let cost = (!costs.is_empty()).then(|| cents(costs.iter().sum()));
        Transfer {
            bytes: self.bytes,
            period_s,
            currency: prices.map_or("", Prices::currency).to_owned(),
            cost,
            cost_month: cost.and_then(|cost| per_month(cost, period_s)),
            classes,
        }
    }

    fn class(&self, row: &Row, analysis: &Analysis<'_>, period_s: u64) -> TransferClass {
        let sum = self.sum(row.class);
        let (cost, bytes_unpriced) = analysis.prices.map_or((None, 0), |prices| cost(sum, row.class, prices));
        TransferClass {
            class: row.name,
            label: row.label,
            kind: if row.kind == Kind::Where { "where" } else { "through" },
            is_charged: row.is_charged,
            bytes: sum.bytes,
            conversations: sum.conversations,
            evidence: sum.by.iter().map(|(by, &bytes)| (by.name(), bytes)).collect(),
            cost: cost.map(cents),
            cost_month: cost.and_then(|cost| per_month(cost, period_s)),
            bytes_unpriced,
            pairs: self.pairs(sum, analysis),
        }
    }

    fn pairs(&self, sum: &ClassSum<'_>, analysis: &Analysis<'_>) -> Vec<TransferPair> {
        let is_one = |other: &Other<'_>| !matches!(*other, Other::Host(host, ..) if analysis.host(host).is_many);
        let is_told = |&(one, other, _): &(u32, Other<'_>, &PairSum)| !analysis.host(one).is_many && is_one(&other);
        let mut order: Vec<(u32, Other<'_>, &PairSum)> = sum.pairs().filter(is_told).collect();
        let rows_max = analysis.fold.options.limits.list_rows_max;
        crate::analysis::top(&mut order, rows_max, |&(one, other, sum)| (Reverse(sum.bytes), one, other));
        order.into_iter().map(|(one, other, sum)| self.pair(one, other, sum, analysis)).collect()
    }

    fn pair(&self, one: u32, other: Other<'_>, sum: &PairSum, analysis: &Analysis<'_>) -> TransferPair {
        let zone = |host: u32| self.zones.get(&host).copied().unwrap_or_default().to_owned();
        let told = TransferPair {
            from: analysis.text(one),
            from_owner: analysis.owner_or_name(one, sum.last_seen),
            from_zone: zone(one),
            bytes: sum.bytes,
            bytes_sent: sum.sent,
            peers: sum.peers,
            ..TransferPair::default()
        };
        match other {
            Other::Internet => TransferPair { to: "internet".to_owned(), ..told },
            Other::Service(name, "") => TransferPair { to: name.to_owned(), ..told },
            Other::Service(name, region) => TransferPair { to: format!("{name} {region}"), ..told },
            Other::Host(host, port, proto) => TransferPair {
                to: analysis.text(host),
                to_owner: analysis.owner_or_name(host, sum.last_seen),
                to_zone: zone(host),
                service: knowledge::service_label(port, proto),
                ..told
            },
        }
    }
}

/// What a class costs, and the bytes without a price. `None` if it has no price at all.
fn cost(sum: &ClassSum<'_>, class: Class, prices: &Prices) -> (Option<f64>, u64) {
    let mut cost = None;
    let mut unpriced = 0;
    for (&(provider, region), &bytes) in &sum.by_place {
        match prices.per_gb(class, provider, region) {
            Some(per_gb) => *cost.get_or_insert(0.0) += per_gb * bytes as f64 / GB,
            None => unpriced += bytes,
        }
    }
    (cost, if cost.is_some() { unpriced } else { 0 })
}

/// Rounded, so that sums of the same parts in another order are the same text.
fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

/// The same for a month.
fn per_month(cost: f64, period_s: u64) -> Option<f64> {
    (period_s >= DAY_S).then(|| cents(cost * MONTH_S as f64 / period_s as f64))
}
