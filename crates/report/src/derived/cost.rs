//! Transfer that costs money for nothing, or most of it: no attack, but what flow logs are read for.
//!
//! Both are told only where they are worth a person's time: a terabyte a month at the rate seen, and a part of their
//! class so large that the bill changes with them.

use crate::analysis::Analysis;
use crate::transfer::{Class, DAY_S, Detour, DetourKey, Evidence, MONTH_S, Other, PairSum, Remedy, Tally};
use detect::finding::{between, bytes, query, row, some};
use detect::{Finding, Severity};
use std::cmp::Reverse;

/// Bytes a month, at least. Records of less than a day say nothing of a month: they count as a day.
const MONTH_BYTES_MIN: u64 = 1_000_000_000_000;
/// Part of what passed NAT gateways that one service must have, in percent.
const DETOUR_PERCENT_MIN: u64 = 10;
/// Part of what crossed zones that one pair must have, in percent.
const PAIR_PERCENT_MIN: u64 = 25;
/// Hosts that a finding names.
const HOSTS_MAX: usize = 20;

/// Traffic with a provider's own service through what is charged for it, where an endpoint would do.
pub(super) fn endpoints(analysis: &Analysis<'_>) -> Vec<Finding> {
    let Some(tally) = &analysis.transfer else { return Vec::new() };
    let passed = tally.sum(Class::Nat).bytes + tally.sum(Class::PassedOn).bytes;
    let is_worth =
        |detour: &Detour| is_worth_money(detour.bytes, analysis) && is_part(detour.bytes, passed, DETOUR_PERCENT_MIN);
    let worth = tally.detours.iter().filter(|(_, detour)| is_worth(detour));
    worth.map(|(key, detour)| endpoint(analysis, key, detour, passed)).collect()
}

fn endpoint(analysis: &Analysis<'_>, key: &DetourKey<'_>, detour: &Detour, passed: u64) -> Finding {
    let &(provider, network, service) = key;
    let mut hosts: Vec<(u32, u64)> = detour.hosts.iter().map(|(&host, &bytes)| (host, bytes)).collect();
    hosts.sort_by_key(|&(host, bytes)| (Reverse(bytes), host));
    let names: Vec<String> = hosts.iter().map(|&(host, _)| analysis.text(host)).collect();
    let heaviest = names.first().cloned().unwrap_or_default();
    let entity = if network.is_empty() { heaviest.clone() } else { network.to_owned() };
    let gateway = match detour.through_nat == detour.bytes {
        true => "a NAT gateway",
        false => "something that passes it on (NAT gateway, NAT instance or firewall)",
    };
    let (saved, how) = remedy(provider, service.remedy);
    let by = detour.by.unwrap_or(Evidence::Nothing);
    Finding {
        title: format!("{entity} moved {} with {service} through {gateway}; {saved}", bytes(detour.bytes)),
        severity: if service.remedy == Remedy::Free { Severity::Low } else { Severity::Info },
        confidence: sureness(by),
        first_seen: detour.first_seen,
        last_seen: detour.last_seen,
        evidence: [
            money_rows(analysis, detour.bytes, Class::Nat, provider),
            vec![
                row("of what passed such gateways", percent(detour.bytes, passed)),
                row("hosts", some(&names)),
                row("rests on", by.name()),
            ],
        ]
        .concat(),
        explain: vec![("evidence".to_owned(), sureness(by))],
        next_step: format!("{how} What the heaviest host moved: {}", query(&moved_by(&heaviest))),
        weight: detour.bytes,
        peers_total: names.len() as u64,
        peers: names.into_iter().take(HOSTS_MAX).collect(),
        ..Finding::about("cost.endpoint", entity, &service.to_string())
    }
}

fn moved_by(host: &str) -> String {
    format!(
        "SELECT src_ip, dst_ip, sum(bytes) AS bytes FROM flows WHERE src_ip = '{host}' OR dst_ip = '{host}' GROUP BY 1, 2 ORDER BY bytes DESC"
    )
}

/// What would be better, and how it is done.
fn remedy(provider: &str, remedy: Remedy) -> (&'static str, &'static str) {
    match (provider, remedy) {
        ("azure", Remedy::Free) => (
            "a service endpoint would take it without a charge of its own",
            "Turn on the service endpoint in the subnets of these hosts, if the service is in their region.",
        ),
        ("gcp", Remedy::Free) => (
            "Private Google Access would take it past the gateway",
            "Turn on Private Google Access in the subnets of these hosts.",
        ),
        (_, Remedy::Free) => (
            "a gateway endpoint would take it without a charge",
            "Create a gateway endpoint for the service, and name it in the route tables of these hosts' subnets; it serves what is in the same region.",
        ),
        _ => (
            "a private endpoint may cost less",
            "Compare the price of a private endpoint (by hour, zone and GB) with what the gateway takes for a GB.",
        ),
    }
}

/// Pairs that move most of what crosses zones.
pub(super) fn cross_zone(analysis: &Analysis<'_>) -> Vec<Finding> {
    let Some(tally) = &analysis.transfer else { return Vec::new() };
    let all = tally.sum(Class::CrossZone);
    let is_worth =
        |sum: &PairSum| is_worth_money(sum.bytes, analysis) && is_part(sum.bytes, all.bytes, PAIR_PERCENT_MIN);
    let worth = all.pairs().filter(|(.., sum)| is_worth(sum));
    let mut found: Vec<Finding> =
        worth.filter_map(|(one, other, sum)| pair(analysis, tally, (one, other), sum)).collect();
    found.sort_by_cached_key(|finding| (Reverse(finding.weight), finding.id.clone()));
    found
}

fn pair(analysis: &Analysis<'_>, tally: &Tally<'_>, ends: (u32, Other<'_>), sum: &PairSum) -> Option<Finding> {
    let (client, Other::Host(server, port, proto)) = ends else { return None };
    if analysis.host(client).is_many || analysis.host(server).is_many {
        return None;
    }
    let all = tally.sum(Class::CrossZone).bytes;
    let service = crate::knowledge::service_label(port, proto);
    let [entity, peer] = [client, server].map(|host| analysis.text(host));
    let [from, to] = [client, server].map(|host| tally.zones.get(&host).copied().unwrap_or_default());
    let zones = if from.is_empty() || to.is_empty() { String::new() } else { format!(" ({from} and {to})") };
    Some(Finding {
        title: format!("{entity} and {peer} {service} moved {} between zones{zones}", bytes(sum.bytes)),
        severity: Severity::Info,
        confidence: 0.9,
        first_seen: sum.first_seen,
        last_seen: sum.last_seen,
        evidence: [
            money_rows(analysis, sum.bytes, Class::CrossZone, ""),
            vec![row("of what crossed zones", percent(sum.bytes, all)), row("sent by the client", bytes(sum.sent))],
        ]
        .concat(),
        next_step: format!(
            "Put a reader of the data into the zone of the data, or ask whether it must be moved at all. When it was moved: {}",
            query(&format!(
                "SELECT date_trunc('hour', time_start) AS hour, src_ip, dst_ip, sum(bytes) AS bytes FROM flows WHERE {} GROUP BY 1, 2, 3 ORDER BY 1",
                between(&entity, &peer)
            ))
        ),
        weight: sum.bytes,
        peers_total: 1,
        peers: vec![peer.clone()],
        ..Finding::about("cost.crosszone", entity, &format!("{peer} {service}"))
    })
}

/// How much a month, and what it costs, if a price was given.
fn money_rows(analysis: &Analysis<'_>, moved: u64, class: Class, provider: &str) -> Vec<(String, String)> {
    let month = a_month(moved, analysis.period_s());
    let mut rows = vec![row("a month at this rate", bytes(month))];
    let price = analysis.prices.and_then(|prices| Some((prices.per_gb(class, provider, "")?, prices.currency())));
    if let Some((per_gb, currency)) = price {
        let cost = format!("{:.2} {currency}", per_gb * month as f64 / 1e9);
        rows.push(row("which costs by the prices given", cost.trim_end()));
    }
    rows
}

fn is_worth_money(moved: u64, analysis: &Analysis<'_>) -> bool {
    a_month(moved, analysis.period_s()) >= MONTH_BYTES_MIN
}

/// Bytes of a month at the rate of a period.
fn a_month(moved: u64, period_s: u64) -> u64 {
    (u128::from(moved) * u128::from(MONTH_S) / u128::from(period_s.max(DAY_S))) as u64
}

fn is_part(part: u64, whole: u64, percent_min: u64) -> bool {
    u128::from(part) * 100 >= u128::from(whole) * u128::from(percent_min)
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.0} %", part as f64 * 100.0 / whole.max(1) as f64)
}

fn sureness(by: Evidence) -> f64 {
    match by {
        Evidence::Record | Evidence::Interface => 0.9,
        Evidence::Inventory => 0.8,
        Evidence::Inferred => 0.6,
        Evidence::Address | Evidence::Nothing => 0.4,
    }
}
