//! What a person should look at.

use serde::{Serialize, Serializer};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody is in.
    Critical,
    /// Look today.
    High,
    /// Look this week.
    Medium,
    /// Good to know: what every machine on the internet sees.
    Low,
    /// For the record.
    Info,
}

impl Severity {
    /// `critical`, `high`, `medium`, `low`, `info`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }
}

/// One finding. Field names are those of the report's JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Stable across runs: made of detector, entity and what the detector says tells its findings apart.
    pub id: String,
    /// `family.kind`, such as `scan.horizontal`.
    pub detector: String,
    /// One sentence.
    pub title: String,
    /// How much it matters.
    pub severity: Severity,
    /// 0 to 1.
    pub confidence: f64,
    /// Whom it is about.
    pub entity: String,
    /// The other side: targets, servers, or the members of a campaign; the heaviest first.
    pub peers: Vec<String>,
    /// How many peers there are, named or not.
    pub peers_total: u64,
    /// First evidence, in seconds since 1970 (UTC); RFC 3339 in JSON, as the report's.
    #[serde(serialize_with = "as_moment")]
    pub first_seen: u32,
    /// Last evidence.
    #[serde(serialize_with = "as_moment")]
    pub last_seen: u32,
    /// What it rests on: name and value.
    pub evidence: Vec<(String, String)>,
    /// The parts of the score, each with its worth: why so sure.
    pub explain: Vec<(String, f64)>,
    /// ATT&CK technique, such as `T1110.001`.
    pub attack: String,
    /// What to do next: a sentence.
    pub next_step: String,
    /// Orders the findings of one detector: the heaviest first.
    pub weight: u64,
    /// Findings of one detector with the same campaign may be told as one.
    #[serde(skip)]
    pub campaign: String,
}

impl Finding {
    /// A finding to be filled in. `tells_apart` is what makes it another one than the same detector's about the entity.
    pub fn about(detector: &str, entity: String, tells_apart: &str) -> Finding {
        Finding {
            id: id(detector, &entity, tells_apart),
            detector: detector.to_owned(),
            title: String::new(),
            severity: Severity::Info,
            confidence: 0.5,
            entity,
            peers: Vec::new(),
            peers_total: 0,
            first_seen: 0,
            last_seen: 0,
            evidence: Vec::new(),
            explain: Vec::new(),
            attack: String::new(),
            next_step: String::new(),
            weight: 0,
            campaign: String::new(),
        }
    }
}

fn as_moment<S: Serializer>(second: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment(*second))
}

/// What tells two findings of a detector apart, beside its entity, makes the id.
pub(crate) fn id(detector: &str, entity: &str, tells_apart: &str) -> String {
    let texts = [detector, entity, tells_apart];
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    // FNV-1a, 64 bits.
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// A second as RFC 3339 text in UTC.
pub fn moment(second: u32) -> String {
    let (day, of_day) = (i64::from(second / 86_400), second % 86_400);
    // Days since 0000-03-01, so that the leap day is the last of a year (proleptic Gregorian calendar).
    let days = day + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hours, minutes, seconds) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// A `fathom query` over flows, as text to run. Whoever knows the inputs writes them behind it.
pub fn query(sql: &str) -> String {
    format!("fathom query \"{sql}\"")
}

/// One row of evidence.
pub fn row(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// Bytes as people say them.
pub fn bytes(count: u64) -> String {
    let scaled = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match scaled.iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / *unit as f64),
        None => format!("{count} B"),
    }
}

/// A duration in seconds as people say it.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 => format!("{:.1} h", seconds as f64 / 3_600.0),
        _ => format!("{:.1} days", seconds as f64 / 86_400.0),
    }
}

/// The condition for what two addresses sent each other, for a query.
pub fn between(one: &str, other: &str) -> String {
    format!("src_ip IN ('{one}', '{other}') AND dst_ip IN ('{one}', '{other}')")
}

/// The first few of many, and how many there are more.
pub fn some(texts: &[String]) -> String {
    const SOME: usize = 8;
    match texts.len() {
        0..=SOME => texts.join(", "),
        more => format!("{} and {} more", texts[..SOME].join(", "), more - SOME),
    }
}
