//! Addresses by what others say of them: `geoip`, `iprep`.

use super::{Keyword, other};
use crate::detect::rule::{Addresses, Condition, Ends};
use crate::diagnostic::{Problem, nearest};
use crate::draft::{Draft, Outcome};
use crate::language::{Setting, Text, compared, comparison};

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["geoip"], country, "the country of an address"),
    other(&["iprep"], reputation, "the reputation of an address"),
];

/// Scores of reputations go up to this.
const SCORE_MAX: u64 = 127;

fn ends_of(text: Text<'_>) -> Option<Ends> {
    match text.as_str() {
        "src" => Some(Ends::Source),
        "dst" => Some(Ends::Destination),
        "any" => Some(Ends::Any),
        "both" => Some(Ends::Both),
        _ => None,
    }
}

/// `geoip:dst,FR,DE`, `geoip:any,!FR`
fn country(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<Text<'_>> = value.split(',').map(Text::trim).collect();
    let (ends, codes) = match ends_of(parts[0]) {
        Some(ends) => (ends, &parts[1..]),
        None => (Ends::Both, &parts[..]),
    };
    let is_negated = codes.iter().any(|code| code.strip("!").is_some());
    let codes: Vec<Text<'_>> = codes.iter().map(|code| code.strip("!").unwrap_or(*code)).collect();
    if codes.is_empty() {
        return Err(Problem::at(value, "no country is named: `geoip:dst,FR`"));
    }
    if let Some(odd) = codes.iter().find(|code| code.as_str().len() != 2) {
        return Err(Problem::at(*odd, "a country has two letters (ISO 3166)"));
    }
    let Some(countries) = &draft.settings.countries else {
        return Err(Problem::at(setting.name, "there is no database of countries")
            .hint("name one in MaxMind's format in the settings: `geoip-database`"));
    };
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let addresses = countries.addresses(&codes, is_negated);
    draft.push_packet(Condition::SourceOrDestination(addresses, ends));
    Ok(())
}

/// `iprep:src,CnC,>,30`, `iprep:any,CnC,isset`
fn reputation(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<Text<'_>> = value.split(',').map(Text::trim).collect();
    let [side, category, sign, number @ ..] = &parts[..] else {
        return Err(Problem::at(value, "this is a side, a category, an operator and a score: `src,CnC,>,30`"));
    };
    let ends = ends_of(*side).ok_or_else(|| Problem::at(*side, "a side is `src`, `dst`, `any` or `both`"))?;
    let addresses = scored(draft, *category, *sign, number.first().copied())?;
    draft.push_packet(Condition::SourceOrDestination(addresses, ends));
    Ok(())
}

fn scored(draft: &Draft<'_>, category: Text<'_>, sign: Text<'_>, number: Option<Text<'_>>) -> Outcome<Addresses> {
    let reputations = &draft.settings.reputations;
    let Some(place) = reputations.category(category.as_str()) else {
        let problem = Problem::at(category, format!("there is no category of reputation `{}`", category.as_str()));
        return Err(match nearest(category.as_str(), reputations.names()) {
            Some(near) => problem.hint(format!("is `{near}` meant?")),
            None => problem.hint("the settings name a file of categories: `reputation-categories-file`"),
        });
    };
    match (sign.as_str(), number) {
        ("isset", None) => Ok(reputations.addresses(place, |_| true)),
        ("isnotset", None) => Ok(reputations.addresses(place, |_| true).others()),
        (_, Some(number)) => {
            let wrong = || Problem::at(sign, "an operator is `<`, `>` or `=`, such that a score can fulfil it");
            let (sign, _) = comparison(sign).ok_or_else(wrong)?;
            let range = compared(sign, number.number::<u8>()?.into(), SCORE_MAX).ok_or_else(wrong)?;
            Ok(reputations.addresses(place, |score| range.contains(score.into())))
        }
        (_, None) => Err(Problem::at(sign, "a score is missing: `src,CnC,>,30`")),
    }
}
