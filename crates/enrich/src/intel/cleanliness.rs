//! How far a list can be trusted as it stands: what was wrong with it, in sentences.

use super::{Intel, List, Role};

/// A list is old if it was made so many days ago.
const OLD_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;
/// Careless is a list of which more than so many per thousand should not be on it.
const CARELESS_PER_THOUSAND: u64 = 10;
/// Of a short list it takes so many, one mistake says nothing of the rest.
const CARELESS_LEAST: u64 = 3;

/// How clean a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing is wrong with it.
    Clean,
    /// It can be used, and its remarks should be read.
    Usable,
    /// Much of it should not be on a list: what it hits may be wrong in the rest as well.
    Careless,
    /// Nothing of it can be matched.
    Useless,
}

impl Grade {
    /// The grade in a word.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Clean => "clean",
            Grade::Usable => "usable",
            Grade::Careless => "careless",
            Grade::Useless => "useless",
        }
    }
}

/// How clean a list is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleanliness {
    /// In a word.
    pub grade: Grade,
    /// Entries that are matched: those of the list without what warning lists hold and what has expired.
    pub effective: u64,
    /// Entries that have expired.
    pub expired: u64,
    /// Days since it was made, if it says when.
    pub age_days: Option<i64>,
    /// What is wrong with it, in sentences.
    pub remarks: Vec<String>,
}

impl Intel {
    /// How clean each list is at a time, in seconds since 1970; in the order of [`Intel::lists`].
    pub fn cleanliness(&self, now_s: i64) -> Vec<Cleanliness> {
        let expired = self.expired_at(now_s);
        self.lists().iter().zip(expired).map(|(list, expired)| judge(list, expired, now_s)).collect()
    }
}

fn judge(list: &List, expired: u64, now_s: i64) -> Cleanliness {
    let report = &list.report;
    let effective = report.entries.saturating_sub(report.suppressed_by_warning_list + expired);
    let wrong = report.private_or_special + report.public_dns + report.too_wide + report.suppressed_by_warning_list;
    let is_much = wrong * 1_000 > report.addresses * CARELESS_PER_THOUSAND && wrong >= CARELESS_LEAST;
    let is_careless = list.role == Role::Match && is_much;
    let age_days = list.published.map(|published| (now_s - published) / DAY_S);
    let remarks = remarks(list, expired, wrong, age_days);
    let grade = match () {
        () if effective == 0 => Grade::Useless,
        () if is_careless => Grade::Careless,
        () if !remarks.is_empty() => Grade::Usable,
        () => Grade::Clean,
    };
    Cleanliness { grade, effective, expired, age_days, remarks }
}

fn remarks(list: &List, expired: u64, wrong: u64, age_days: Option<i64>) -> Vec<String> {
    let report = &list.report;
    let mut remarks = Vec::new();
    let mut say = |count: u64, sentence: String| {
        if count > 0 {
            remarks.push(sentence);
        }
    };
    if list.role == Role::Match {
        say(wrong, format!("{wrong} of {} addresses should be on no blacklist", report.addresses));
    }
    for (name, count) in &report.suppressed_by {
        say(*count, format!("{count} are held by the warning list {name}"));
    }
    say(
        report.suppressed_in_part,
        format!("{} networks contain addresses that are left out of them", report.suppressed_in_part),
    );
    say(expired, format!("{expired} of {} entries are past their end", report.entries));
    let (unread, plural) = (report.skipped_total(), if report.skipped_total() == 1 { "" } else { "s" });
    say(unread, format!("{unread} line{plural} or value{plural} could not be read"));
    let names = report.domains + report.urls + report.hashes + report.others;
    if report.addresses == 0 && names > 0 {
        say(1, "it holds no address: flow records have no names, URLs or files to match".to_owned());
    }
    if report.addresses == 0 && report.asns > 0 {
        say(1, "it holds AS numbers: a report matches them where --geo names the systems".to_owned());
    }
    if report.addresses + report.asns + names + unread == 0 {
        say(1, "it holds no indicator at all".to_owned());
    }
    say(report.entries_over_limit, format!("{} are beyond the limit", report.entries_over_limit));
    say(report.bytes_over_limit, format!("its last {} bytes are beyond the limit", report.bytes_over_limit));
    let is_old = |days: &i64| *days > OLD_DAYS;
    if let Some(days) = age_days.filter(is_old) {
        say(1, format!("it was made {days} days ago: addresses change hands"));
    }
    remarks
}
