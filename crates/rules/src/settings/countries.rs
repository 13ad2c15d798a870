//! Which addresses are of which country, so that a rule has them as ranges.

use crate::detect::rule::Addresses;
use enrich::geo::Database;
use std::collections::BTreeMap;

/// A country by its two letters.
type Code = [u8; 2];

/// Ranges of addresses by countries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Countries {
    ranges: BTreeMap<Code, Vec<(u128, u128)>>,
}

impl Countries {
    /// Reads a database in MaxMind's format that names countries, such as GeoLite2-Country.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: Vec<u8>) -> Result<Countries, String> {
        let (database, mut countries) = (Database::read(bytes)?, Countries::default());
        database.networks(|range, origin| {
            if let Ok(code) = origin.country.to_ascii_uppercase().as_bytes().try_into() {
                countries.ranges.entry(code).or_default().push(range);
            }
        })?;
        Ok(countries)
    }

    /// The addresses of a country, by its two letters.
    pub fn of(&self, code: &str) -> Option<&[(u128, u128)]> {
        let code: Code = code.to_ascii_uppercase().as_bytes().try_into().ok()?;
        self.ranges.get(&code).map(Vec::as_slice)
    }

    /// The addresses of these countries, or those of all others.
    pub fn addresses(&self, codes: &[&str], is_negated: bool) -> Addresses {
        let is_named = |code: &Code| codes.iter().any(|named| named.as_bytes().eq_ignore_ascii_case(code));
        let chosen = self.ranges.iter().filter(|(code, _)| is_named(code) != is_negated);
        Addresses::of(chosen.flat_map(|(_, ranges)| ranges.iter().copied()).collect())
    }
}
