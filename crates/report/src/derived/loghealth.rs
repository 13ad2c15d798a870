//! The logging itself: interfaces that fell silent, records that the provider lost.

use crate::analysis::{Analysis, moment};
use crate::fold::health::Skipped;
use crate::time;
use detect::finding::{duration, query, row, some};
use detect::{Finding, Severity};
use std::collections::BTreeMap;

/// So long before and after a gap its edges are looked at.
const AROUND_SECONDS: u32 = 1_800;

/// An interface stopped logging while its peers still see it.
pub(super) fn silent(analysis: &Analysis<'_>) -> Vec<Finding> {
    let silent = analysis.silent.iter().filter(|silence| silence.peers_still_saw_it);
    silent
        .map(|silence| {
            let (from, to) = (time::seconds(&silence.from), time::seconds(&silence.to));
            let lasted = duration(u64::from(to.saturating_sub(from)));
            let address = silence.addresses.first().cloned().unwrap_or_default();
            Finding {
                title: format!("{} ({address}) logged nothing for {lasted} while its peers still saw its traffic", silence.if_id),
                severity: Severity::High,
                confidence: 0.85,
                peers: silence.addresses.clone(),
                first_seen: from,
                last_seen: to,
                evidence: vec![
                    row("last record", &silence.from),
                    row("came back", if silence.until_end { "never" } else { silence.to.as_str() }),
                    row("addresses", silence.addresses.join(", ")),
                ],
                attack: "T1562.008".to_owned(),
                next_step: format!(
                    "Check whether its flow log was deleted, and by whom; what its peers saw meanwhile: {}",
                    query(&format!(
                        "SELECT if_id, src_ip, dst_ip, dst_port, sum(bytes) AS bytes FROM flows WHERE (src_ip = '{address}' OR dst_ip = '{address}') AND time_start >= '{}' GROUP BY 1, 2, 3, 4 ORDER BY bytes DESC",
                        silence.from
                    ))
                ),
                weight: u64::from(to.saturating_sub(from)),
                ..Finding::about("loghealth.silent", silence.if_id.clone(), &silence.from)
            }
        })
        .collect()
}

/// No interface of a provider logged anything for long: whoever can switch a log off can hide in it.
pub(super) fn gaps(analysis: &Analysis<'_>) -> Vec<Finding> {
    let gaps = analysis.log_gaps();
    gaps.into_iter()
        .map(|gap| {
            let (from, to) = gap.span;
            let (lasted, provider) = (duration(u64::from(to - from)), &gap.provider);
            let [before, after] = gap.interfaces;
            Finding {
                title: format!("No interface of {provider} logged anything for {lasted}: {before} had until then, {after} did right after"),
                severity: Severity::Medium,
                confidence: 0.8,
                first_seen: from,
                last_seen: to,
                evidence: vec![
                    row("last record before", moment(from)),
                    row("first record after", moment(to)),
                    row("the longest gap beside it", duration(u64::from(gap.usual))),
                    row("interfaces in the quarter of an hour before and after", format!("{before}, {after}")),
                ],
                explain: vec![("interfaces that fell silent and came back at once".to_owned(), before.min(after) as f64)],
                attack: "T1562.008".to_owned(),
                next_step: format!(
                    "See whether the objects of that time exist and were read; if there are none, look in the audit log for who deleted, stopped or changed the flow log at {} and {}. What the edges hold: {}",
                    moment(from),
                    moment(to),
                    query(&format!(
                        "SELECT date_trunc('minute', time_start) AS minute, count(*) AS records, count(DISTINCT if_id) AS interfaces FROM flows WHERE time_start BETWEEN '{}' AND '{}' GROUP BY 1 ORDER BY 1",
                        moment(from.saturating_sub(AROUND_SECONDS)),
                        moment(to.saturating_add(AROUND_SECONDS))
                    ))
                ),
                weight: u64::from(to - from),
                ..Finding::about("loghealth.gap", gap.provider.clone(), &moment(from))
            }
        })
        .collect()
}

/// The provider lost records: one finding per provider.
pub(super) fn skipped(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut providers: BTreeMap<&str, Vec<(&str, Skipped)>> = BTreeMap::new();
    for ((provider, if_id), &skipped) in &analysis.fold.health.skipped {
        providers.entry(provider).or_default().push((if_id, skipped));
    }
    providers
        .into_iter()
        .map(|(provider, interfaces)| {
            let windows: u64 = interfaces.iter().map(|(_, skipped)| skipped.windows).sum();
            let spans = interfaces.iter().map(|(_, skipped)| skipped.span);
            let span = spans.fold((u32::MAX, 0), |all, span| (all.0.min(span.0), all.1.max(span.1)));
            let names: Vec<String> = interfaces.iter().map(|interface| interface.0.to_owned()).collect();
            Finding {
                title: format!("{provider} lost records of {} interfaces in {windows} windows", interfaces.len()),
                severity: Severity::Low,
                confidence: 1.0,
                first_seen: span.0,
                last_seen: span.1,
                evidence: vec![row("windows", windows), row("interfaces", some(&names))],
                next_step: format!(
                    "Counts of these windows are too low, nothing can bring them back; which they are: {}",
                    query(
                        "SELECT if_id, time_start, time_end FROM health WHERE kind = 'skip_data' ORDER BY time_start"
                    )
                ),
                weight: windows,
                ..Finding::about("loghealth.skipped", provider.to_owned(), "")
            }
        })
        .collect()
}
