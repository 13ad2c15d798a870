//! The reputation of addresses: `iprep` and the files behind it.

use crate::detect::rule::{Addresses, number_of};
use crate::diagnostic::{Diagnostic, Problem};
use crate::file::lines;
use crate::language::Text;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Scores go up to this.
const SCORE_MAX: u8 = 127;
/// Categories are numbered below this.
const CATEGORIES_MAX: u8 = 60;

/// A range of addresses and its score.
type Scored = (u128, u128, u8);

/// Scores of addresses by categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reputations {
    /// Numbers by short names.
    categories: BTreeMap<String, u8>,
    /// By the category's number: in the order of the files.
    entries: BTreeMap<u8, Vec<Scored>>,
}

impl Reputations {
    /// Reads the categories: `id,short name,description`.
    pub fn read_categories(&mut self, file: &str, text: &str) -> Vec<Diagnostic> {
        lines(file, text, |line| {
            let wrong = || Problem::at(line, "a category is `number,name,description`");
            let (number, rest) = line.split_once(',').ok_or_else(wrong)?;
            let number_text = number;
            let number: u8 = number.number()?;
            if !(1..CATEGORIES_MAX).contains(&number) {
                return Err(Problem::at(
                    number_text,
                    format!("a category's number is from 1 to {}", CATEGORIES_MAX - 1),
                ));
            }
            let name = rest.split(',').next().filter(|name| !name.is_empty()).ok_or_else(wrong)?;
            self.categories.insert(name.as_str().to_ascii_lowercase(), number);
            Ok(())
        })
    }

    /// Reads addresses: `address or network,category,score`.
    pub fn read(&mut self, file: &str, text: &str) -> Vec<Diagnostic> {
        lines(file, text, |line| {
            let parts: Vec<Text<'_>> = line.split(',').map(Text::trim).collect();
            let [network, category, score, ..] = parts[..] else {
                return Err(Problem::at(line, "a line is `address,category,score`"));
            };
            let (first, last) = network_of(network)?;
            let score_number: u8 = score.number()?;
            if score_number > SCORE_MAX {
                return Err(Problem::at(score, format!("a score is {SCORE_MAX} at most")));
            }
            self.entries.entry(category.number()?).or_default().push((first, last, score_number));
            Ok(())
        })
    }

    /// The number of a category, by its short name in any case.
    pub fn category(&self, name: &str) -> Option<u8> {
        self.categories.get(&name.to_ascii_lowercase()).copied()
    }

    /// The short names of all categories.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.categories.keys().map(String::as_str)
    }

    /// The addresses that have a score of a category, of which `is_wanted` says that it counts. Of several entries for an address
    /// the narrowest counts, and of these the last.
    pub fn addresses(&self, category: u8, is_wanted: impl Fn(u8) -> bool) -> Addresses {
        let entries = self.entries.get(&category).map(Vec::as_slice).unwrap_or_default();
        let wanted = painted(entries).into_iter().filter(|(.., score)| is_wanted(*score));
        Addresses::of(wanted.map(|(first, last, _)| (first, last)).collect())
    }
}

/// Networks that lie in each other as ranges apart. Networks never overlap in part.
fn painted(entries: &[Scored]) -> Vec<Scored> {
    let mut sorted: Vec<(usize, Scored)> = entries.iter().copied().enumerate().collect();
    // The widest first, and of those that are the same the last one last: it lies on top.
    sorted.sort_by_key(|(place, (first, last, _))| (*first, std::cmp::Reverse(*last), *place));
    let (mut out, mut open): (Vec<Scored>, Vec<Scored>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for (_, entry) in sorted {
        close_until(&mut open, &mut out, &mut next, Some(entry.0));
        if let Some(around) = open.last().filter(|around| next.max(around.0) < entry.0) {
            out.push((next.max(around.0), entry.0 - 1, around.2));
        }
        next = entry.0;
        open.push(entry);
    }
    close_until(&mut open, &mut out, &mut next, None);
    out
}

/// Ends the open networks that are over before `first`, or all; what nothing lies on of them goes out.
fn close_until(open: &mut Vec<Scored>, out: &mut Vec<Scored>, next: &mut u128, first: Option<u128>) {
    while let Some((begin, last, score)) = open.pop_if(|(_, last, _)| first.is_none_or(|first| *last < first)) {
        if *next <= last {
            out.push(((*next).max(begin), last, score));
            *next = last.saturating_add(1);
        }
    }
}

fn network_of(text: Text<'_>) -> Result<(u128, u128), Problem> {
    let wrong = || Problem::at(text, "this is an address or a network: `192.0.2.0/24`");
    let (address, bits) = match text.as_str().split_once('/') {
        Some((address, bits)) => (address, Some(bits.trim().parse::<u32>().map_err(|_| wrong())?)),
        None => (text.as_str(), None),
    };
    let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let rest = width - bits.filter(|bits| *bits <= width).or(bits.is_none().then_some(width)).ok_or_else(wrong)?;
    let mask = 1_u128.checked_shl(rest).map_or(u128::MAX, |size| size - 1);
    let number = number_of(address);
    Ok((number & !mask, number | mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reputations() -> Reputations {
        let mut reputations = Reputations::default();
        let bad = reputations.read_categories("categories.txt", "1,CnC,Command\n2,Scan,Scanners\n99,x,y\n");
        assert_eq!(bad.len(), 1);
        let bad = reputations.read(
            "reputation.list",
            "10.0.0.0/8,1,10\n10.1.0.0/16,1,90\n10.1.2.3,1,20\n10.1.2.3,1,30\n2001:db8::/32,1,50\n10.0.0.0/33,1,1\nx\n",
        );
        assert_eq!(bad.len(), 2);
        reputations
    }

    #[test]
    fn the_narrowest_network_counts() {
        let reputations = reputations();
        assert_eq!([reputations.category("cnc"), reputations.category("x")], [Some(1), None]);
        let check = |least: u8, address: &str, expected: bool| {
            let addresses = reputations.addresses(1, |score| score > least);
            assert_eq!(addresses.contains(address.parse().expect("address")), expected, "{address} > {least}");
        };
        check(80, "10.1.2.4", true);
        check(80, "10.1.2.3", false);
        check(20, "10.1.2.3", true);
        check(20, "10.2.0.0", false);
        check(5, "10.255.255.255", true);
        check(5, "11.0.0.0", false);
        check(40, "2001:db8::1", true);
        assert!(!reputations.addresses(2, |_| true).contains(IpAddr::from([10, 0, 0, 1])));
    }
}
