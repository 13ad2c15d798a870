//! The tables of a report, one function each: from the summary to a [`Table`].

use super::table::{Cell, Column, Table, Tone};
use super::units::{self, Span};
use super::words;
use crate::summary::{DeniedSource, Exposure, IntelHit, Pair, Summary, ZonePair};

/// The span of a report's records.
pub(super) fn span(summary: &Summary) -> Span {
    Span::of(summary.inputs.first.as_deref(), summary.inputs.last.as_deref())
}

/// The largest of some values, at least 1, as the full length of a bar.
fn largest(values: impl Iterator<Item = u64>) -> u64 {
    values.max().unwrap_or(0).max(1)
}

/// Who talks to whom.
pub(super) fn conversations(summary: &Summary) -> Table {
    let (pairs, span) = (&summary.traffic.conversations_top, span(summary));
    let total = |pair: &Pair| pair.bytes_to_server.saturating_add(pair.bytes_to_client);
    let most = largest(pairs.iter().map(total));
    let row = |pair: &Pair| {
        vec![
            Cell::text(&words::owned(&pair.client, &pair.client_owner)),
            Cell::text(&words::owned(&pair.server, &pair.server_owner)),
            Cell { text: words::service(&pair.service, &pair.protocol, pair.port), ..Cell::default() },
            Cell::bytes(total(pair)).share(units::share(total(pair), most)).tone(Tone::Strong),
            Cell::bytes(pair.bytes_to_server),
            Cell::bytes(pair.bytes_to_client),
            Cell::count(pair.records),
            Cell::count(pair.denied).tone_if(pair.denied > 0, Tone::Warn),
            Cell::time(span.range(&pair.first, &pair.last), &pair.first, &pair.last).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "conversations",
        title: "Who talks to whom",
        note: folded_note(summary),
        empty: "No conversation carried bytes.",
        columns: vec![
            Column::name("client", Column::ALWAYS, 13),
            Column::name("server", Column::ALWAYS, 13),
            Column::text("service", 9, 9),
            Column::number("bytes", Column::ALWAYS),
            Column::number("to server", 5),
            Column::number("to client", 5),
            Column::number("records", 4),
            Column::number("denied", 7),
            Column::text("time", 3, 0),
        ],
        rows: pairs.iter().map(row).collect(),
    }
}

fn folded_note(summary: &Summary) -> String {
    match summary.traffic.conversations_folded {
        0 => String::new(),
        folded => format!(
            "{} more were folded away; totals still hold.",
            units::counted(folded, "conversation", "conversations")
        ),
    }
}

/// Who moves most.
pub(super) fn talkers(summary: &Summary) -> Table {
    let talkers = &summary.traffic.talkers;
    let most = largest(talkers.iter().map(|talker| talker.bytes_out.saturating_add(talker.bytes_in)));
    let row = |talker: &crate::summary::Talker| {
        let total = talker.bytes_out.saturating_add(talker.bytes_in);
        vec![
            Cell::text(&talker.address),
            Cell::text(if talker.owner.is_empty() { &talker.name } else { &talker.owner }),
            Cell::text(&talker.class).tone(Tone::Quiet),
            Cell::bytes(total).share(units::share(total, most)).tone(Tone::Strong),
            Cell::bytes(talker.bytes_out),
            Cell::bytes(talker.bytes_in),
            Cell::count(talker.peers),
            Cell::count(talker.records),
        ]
    };
    Table {
        id: "talkers",
        title: "Who moves most",
        note: String::new(),
        empty: "Nobody moved bytes.",
        columns: vec![
            Column::name("address", Column::ALWAYS, 15),
            Column::name("name", 8, 8),
            Column::text("kind", 3, 7),
            Column::number("bytes", Column::ALWAYS),
            Column::number("sent", 7),
            Column::number("received", 7),
            Column::number("peers", 5),
            Column::number("records", 4),
        ],
        rows: talkers.iter().map(row).collect(),
    }
}

/// Services by bytes.
pub(super) fn services(summary: &Summary) -> Table {
    let services = &summary.traffic.services;
    let most = largest(services.iter().map(|service| service.bytes));
    let row = |service: &crate::summary::Service| {
        vec![
            Cell::text(&words::owned(
                &words::service(&service.name, &service.protocol, service.port),
                &service.owners.join(", "),
            )),
            Cell::bytes(service.bytes).share(units::share(service.bytes, most)).tone(Tone::Strong),
            Cell::count(service.records),
            Cell::count(service.denied).tone_if(service.denied > 0, Tone::Warn),
            Cell::count(service.clients),
            Cell::count(service.servers),
        ]
    };
    Table {
        id: "service-list",
        title: "Services",
        note: String::new(),
        empty: "No service was seen.",
        columns: vec![
            Column::text("service", Column::ALWAYS, 12),
            Column::number("bytes", Column::ALWAYS),
            Column::number("records", 6),
            Column::number("denied", 8),
            Column::number("clients", 5),
            Column::number("servers", 4),
        ],
        rows: services.iter().map(row).collect(),
    }
}

/// Applications, as packets show them.
pub(super) fn applications(summary: &Summary) -> Table {
    let applications = &summary.traffic.applications;
    let most = largest(applications.iter().map(|application| application.bytes));
    let row = |application: &crate::summary::Application| {
        let again = application.retransmissions;
        let hosts: Vec<&str> = application.hosts.iter().map(|host| host.name.as_str()).collect();
        vec![
            Cell::text(&application.name),
            Cell::bytes(application.bytes).share(units::share(application.bytes, most)).tone(Tone::Strong),
            Cell::count(application.sessions),
            time(application.server_rtt_median_us),
            time(application.client_rtt_median_us),
            time(application.response_median_us),
            Cell { text: units::percent(again, application.packets), sort: Some(again), ..Cell::default() }
                .tone_if(again * 50 > application.packets, Tone::Warn),
            Cell::text(&hosts.join(", ")).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "applications",
        title: "Applications in the packets",
        note: "Medians: round trips of the handshake, and the server's time to respond.".to_owned(),
        empty: "No packets were read.",
        columns: vec![
            Column::name("application", Column::ALWAYS, 12),
            Column::number("bytes", Column::ALWAYS),
            Column::number("sessions", 8),
            Column::number("to server", 6),
            Column::number("to client", 4),
            Column::number("response", 7),
            Column::number("sent again", 5),
            Column::name("asked for", 3, 16),
        ],
        rows: applications.iter().map(row).collect(),
    }
}

/// What rules found.
pub(super) fn alerts(summary: &Summary) -> Table {
    let (alerts, span) = (&summary.alerts, span(summary));
    let row = |rule: &crate::summary::RuleAlerts| {
        vec![
            Cell::text(&rule.signature).tone(Tone::Strong),
            Cell::text(&format!("{}:{}", rule.gid, rule.signature_id)).tone(Tone::Quiet),
            Cell::count(rule.severity.max(0) as u64).tone_if(rule.severity <= 1, Tone::Warn),
            Cell::text(&rule.category),
            Cell::count(rule.count),
            Cell::count(rule.clients),
            Cell::count(rule.servers),
            Cell::time(span.range(&rule.first, &rule.last), &rule.first, &rule.last).tone(Tone::Quiet),
        ]
    };
    let more = match alerts.rules_unlisted {
        0 => String::new(),
        more => format!("{} more are not listed. ", units::counted(more, "rule", "rules")),
    };
    Table {
        id: "alerts",
        title: "What rules found in the packets",
        note: format!("{more}Severity 1 is the most urgent."),
        empty: "No rule matched.",
        columns: vec![
            Column::name("rule", Column::ALWAYS, 24),
            Column::text("gid:sid", 6, 9),
            Column::number("severity", 8),
            Column::name("class", 3, 14),
            Column::number("alerts", Column::ALWAYS),
            Column::number("clients", 5),
            Column::number("servers", 5),
            Column::text("time", 2, 0),
        ],
        rows: alerts.rules.iter().map(row).collect(),
    }
}

/// A duration in microseconds.
fn time(micros: Option<u64>) -> Cell {
    let text = match micros {
        None => String::new(),
        Some(micros @ ..1_000) => format!("{micros} µs"),
        Some(micros @ ..10_000) => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        Some(micros @ ..1_000_000) => format!("{} ms", micros / 1_000),
        Some(micros) => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    };
    Cell { text, sort: micros, ..Cell::default() }
}

/// Traffic between inside, outside and clouds.
pub(super) fn zones(summary: &Summary) -> Table {
    let zones = &summary.traffic.zones;
    let most = largest(zones.iter().map(|zone| zone.bytes));
    let row = |zone: &ZonePair| {
        vec![
            Cell { text: words::zone(&zone.from), ..Cell::default() },
            Cell { text: words::zone(&zone.to), ..Cell::default() },
            Cell::bytes(zone.bytes).share(units::share(zone.bytes, most)).tone(Tone::Strong),
            Cell::count(zone.allowed),
            Cell::count(zone.denied).tone_if(zone.denied > 0, Tone::Warn),
            Cell::text(&units::percent(zone.denied, zone.allowed.saturating_add(zone.denied))).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "zone-pairs",
        title: "Between inside, outside and clouds",
        note: String::new(),
        empty: "No zone is known.",
        columns: vec![
            Column::text("from", Column::ALWAYS, 8),
            Column::text("to", Column::ALWAYS, 8),
            Column::number("bytes", Column::ALWAYS),
            Column::number("accepted", 7),
            Column::number("denied", 8),
            Column::number("of all", 5),
        ],
        rows: zones.iter().map(row).collect(),
    }
}

/// Who was turned away.
pub(super) fn denied_sources(summary: &Summary) -> Table {
    let (sources, span) = (&summary.traffic.denied_sources, span(summary));
    let most = largest(sources.iter().map(|source| source.denied));
    let row = |source: &DeniedSource| {
        let got_in = match source.got_in.as_slice() {
            [] => "no".to_owned(),
            [one] => words::service(&one.service, "", one.port.filter(|_| one.service.is_empty())),
            [one, rest @ ..] => format!("{} +{}", words::service(&one.service, "", None), rest.len()),
        };
        let tone = if source.got_in.is_empty() { Tone::Quiet } else { Tone::Bad };
        let mark = if source.got_in.is_empty() { "" } else { "▲ " };
        vec![
            Cell::text(&words::owned(&source.address, &source.owner)),
            Cell::text(if source.is_public { "internet" } else { "inside" }).tone(Tone::Quiet),
            Cell::count(source.denied).share(units::share(source.denied, most)).tone(Tone::Strong),
            Cell::count(source.targets),
            Cell::count(source.ports),
            Cell { text: format!("{mark}{got_in}"), ..Cell::default() }.tone(tone),
            Cell::time(span.range(&source.first, &source.last), &source.first, &source.last).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "denied-sources",
        title: "Who was turned away",
        note: String::new(),
        empty: "Nobody was turned away.",
        columns: vec![
            Column::name("source", Column::ALWAYS, 15),
            Column::text("from", 5, 0),
            Column::number("denied", Column::ALWAYS),
            Column::number("targets", 7),
            Column::number("ports", 6),
            Column::text("got in later", 9, 0),
            Column::text("time", 4, 0),
        ],
        rows: sources.iter().map(row).collect(),
    }
}

/// Who got in after having been turned away.
pub(super) fn got_in(summary: &Summary) -> Table {
    let span = span(summary);
    let mut rows = Vec::new();
    for source in &summary.traffic.denied_sources {
        for entry in &source.got_in {
            rows.push(vec![
                Cell::text(&source.address),
                Cell::text(&entry.server),
                Cell { text: words::service(&entry.service, "", entry.port), ..Cell::default() }.tone(Tone::Bad),
                Cell::time(span.short(&entry.first), &entry.first, ""),
                Cell::count(entry.records),
                Cell::bytes(entry.bytes).tone(Tone::Strong),
            ]);
        }
    }
    Table {
        id: "got-in",
        title: "Turned away first, let in later",
        note: "Accepted and answered after a denial: a rule was opened, or the source found another door.".into(),
        empty: "Nobody who was turned away got in later.",
        columns: vec![
            Column::name("source", Column::ALWAYS, 15),
            Column::name("got in to", Column::ALWAYS, 15),
            Column::text("service", 9, 8),
            Column::text("first time", 8, 0),
            Column::number("records", 5),
            Column::number("bytes", 7),
        ],
        rows,
    }
}

/// Where they were turned away.
pub(super) fn denied_ports(summary: &Summary) -> Table {
    let ports = &summary.traffic.denied_ports;
    let most = largest(ports.iter().map(|port| port.denied));
    let row = |port: &crate::summary::DeniedPort| {
        vec![
            Cell { text: words::service(&port.service, &port.protocol, port.port), ..Cell::default() },
            Cell::count(port.denied).share(units::share(port.denied, most)).tone(Tone::Strong),
            Cell::count(port.sources),
            Cell::count(port.targets),
        ]
    };
    Table {
        id: "denied-ports",
        title: "At which doors",
        note: String::new(),
        empty: "No port turned anybody away.",
        columns: vec![
            Column::text("port", Column::ALWAYS, 12),
            Column::number("denied", Column::ALWAYS),
            Column::number("sources", 6),
            Column::number("targets", 5),
        ],
        rows: ports.iter().map(row).collect(),
    }
}

/// What the internet reaches.
pub(super) fn exposed(summary: &Summary) -> Table {
    let (exposed, span) = (&summary.traffic.exposed, span(summary));
    let row = |exposure: &Exposure| {
        let service = words::service(&exposure.service, &exposure.protocol, exposure.port);
        let mark = if exposure.is_sensitive { "▲ " } else { "" };
        let tone = if exposure.is_sensitive { Tone::Bad } else { Tone::Plain };
        let opened = match &exposure.denied_until {
            Some(until) => Cell::time(span.short(until), until, "").tone(Tone::Warn),
            None => Cell::text("–").tone(Tone::Quiet),
        };
        vec![
            Cell::text(&exposure.server),
            Cell::text(if exposure.owner.is_empty() { &exposure.name } else { &exposure.owner }),
            Cell { text: format!("{mark}{service}"), ..Cell::default() }.tone(tone),
            Cell::count(exposure.clients),
            Cell::count(exposure.records),
            Cell::bytes(exposure.bytes),
            opened,
            Cell::time(span.range(&exposure.first, &exposure.last), &exposure.first, &exposure.last).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "exposed",
        title: "What the internet reaches",
        note: "Accepted and answered. ▲ marks services that should rarely face the internet.".into(),
        empty: "The internet reaches nothing here.",
        columns: vec![
            Column::name("server", Column::ALWAYS, 15),
            Column::name("name", 7, 8),
            Column::text("service", Column::ALWAYS, 12),
            Column::number("clients", 8),
            Column::number("records", 4),
            Column::number("bytes", 6),
            Column::text("denied until", 9, 0),
            Column::text("reached", 3, 0),
        ],
        rows: exposed.iter().map(row).collect(),
    }
}

/// Hits of blacklists.
pub(super) fn intel_hits(summary: &Summary) -> Table {
    let span = span(summary);
    let row = |hit: &IntelHit| {
        let tone = if hit.score >= 70 {
            Tone::Bad
        } else if hit.score >= 40 {
            Tone::Warn
        } else {
            Tone::Plain
        };
        let says = if hit.label.is_empty() {
            hit.lists.join(", ")
        } else {
            format!("{} ({})", hit.label, hit.lists.join(", "))
        };
        let way = match hit.direction.as_str() {
            "outbound" => "we called, ",
            "inbound" => "it called, ",
            other => other,
        };
        vec![
            Cell { text: hit.score.to_string(), sort: Some(hit.score.into()), tone, ..Cell::default() },
            Cell::text(&hit.address),
            Cell::text(&says),
            Cell::text(&format!("{way}{}", hit.outcome)).tone_if(hit.outcome == "rejected", Tone::Quiet),
            Cell { text: words::few(&hit.internal, 2), exact: words::few(&hit.internal, 20), ..Cell::default() },
            Cell { text: words::service(&hit.service, "", hit.port), ..Cell::default() },
            Cell::bytes(hit.bytes_sent),
            Cell::bytes(hit.bytes_received),
            Cell::time(span.range(&hit.first, &hit.last), &hit.first, &hit.last).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "intel-hits",
        title: "Listed addresses that talked to us",
        note: String::new(),
        empty: "No listed address was met.",
        columns: vec![
            Column::number("score", Column::ALWAYS),
            Column::name("address", Column::ALWAYS, 15),
            Column::text("what the list says", 6, 14),
            Column::text("what happened", 9, 12),
            Column::name("our side", 7, 11),
            Column::text("service", 5, 9),
            Column::number("sent", 8),
            Column::number("received", 4),
            Column::text("time", 3, 0),
        ],
        rows: summary.intel.hits.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_long_as_its_table_is_wide() {
        let summary = crate::render::sample::story();
        let tables = [
            conversations(&summary),
            talkers(&summary),
            services(&summary),
            zones(&summary),
            denied_sources(&summary),
            got_in(&summary),
            denied_ports(&summary),
            exposed(&summary),
            intel_hits(&summary),
        ];
        for table in tables {
            assert!(!table.rows.is_empty(), "{}", table.id);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.id);
        }
    }
}
