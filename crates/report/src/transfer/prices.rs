//! What a gigabyte of each class costs, as a small table of one's own says. No price is built in.

use super::class::{CLASSES, Class};
use std::fmt;

/// Bytes of a file of prices, at most.
const BYTES_MAX: usize = 1 << 20;
/// The columns of the table; the first two must be there.
const COLUMNS: [&str; 5] = ["class", "price_per_gb", "provider", "region", "currency"];

/// One price.
#[derive(Clone, Debug, PartialEq)]
struct Price {
    class: Class,
    per_gb: f64,
    /// Empty is any.
    provider: String,
    region: String,
}

/// Prices of transfer: `class,price_per_gb[,provider][,region][,currency]`, a line each.
///
/// A GB is 1,000,000,000 bytes. The most special line counts: one with provider and region before one with either.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    prices: Vec<Price>,
    currency: String,
}

/// Why a file holds no prices, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    /// From 1.
    pub line: usize,
    /// Of the field's first character, from 1.
    pub column: usize,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.why)
    }
}

impl std::error::Error for PriceError {}

/// A field and the column in which it begins.
#[derive(Clone, Copy)]
struct Field<'a> {
    line: usize,
    column: usize,
    text: &'a str,
}

impl Field<'_> {
    fn error(&self, why: impl Into<String>) -> PriceError {
        PriceError { line: self.line, column: self.column, why: why.into() }
    }
}

impl Prices {
    /// Reads a table with a header. Empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// The first line that is none: an unknown class or column, no number, a price that is there twice, two currencies.
    pub fn parse(text: &str) -> Result<Prices, PriceError> {
        let nowhere = |why: &str| PriceError { line: 1, column: 1, why: why.to_owned() };
        if text.len() > BYTES_MAX {
            return Err(nowhere("this is no table of prices: it is larger than 1 MiB"));
        }
        let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
        let mut rows = lines.map(fields).filter(|fields| !is_passed_over(fields));
        let header = rows.next().ok_or_else(|| nowhere("there is no header: class,price_per_gb"))?;
        let places = places(&header)?;
        let mut prices = Prices::default();
        for row in rows {
            prices.take(&row, &places)?;
        }
        Ok(prices)
    }

    /// Takes a row; `places` are the columns' numbers.
    fn take(&mut self, row: &[Field<'_>], places: &[Option<usize>; 5]) -> Result<(), PriceError> {
        let field = |column: usize| places[column].and_then(|place| row.get(place)).copied();
        let end = row.last().map_or(1, |last| last.column + last.text.chars().count());
        let absent = Field { line: row[0].line, column: end, text: "" };
        let text = |column: usize| field(column).map_or_else(String::new, |field| field.text.to_ascii_lowercase());
        let price = Price {
            class: class_of(field(0).unwrap_or(absent))?,
            per_gb: amount_of(field(1).unwrap_or(absent))?,
            provider: text(2),
            region: text(3),
        };
        let is_same = |known: &Price| (known.class, &known.provider, &known.region) == price.key();
        if self.prices.iter().any(is_same) {
            return Err(row[0].error(format!("{} has a price already", price.class.row().name)));
        }
        self.prices.push(price);
        field(4).map_or(Ok(()), |field| self.take_currency(field))
    }

    fn take_currency(&mut self, field: Field<'_>) -> Result<(), PriceError> {
        match (&*self.currency, field.text) {
            (_, "") => {}
            ("", text) => text.clone_into(&mut self.currency),
            (known, text) if known == text => {}
            (known, _) => return Err(field.error(format!("two currencies: {known} stands above"))),
        }
        Ok(())
    }

    /// What a GB of a class costs at a provider in a region; `None` if no line says.
    pub(crate) fn per_gb(&self, class: Class, provider: &str, region: &str) -> Option<f64> {
        let fits = |of_price: &str, of_bytes: &str| of_price.is_empty() || of_price.eq_ignore_ascii_case(of_bytes);
        let known = self
            .prices
            .iter()
            .filter(|price| price.class == class && fits(&price.provider, provider) && fits(&price.region, region));
        let best = known.max_by_key(|price| (!price.provider.is_empty(), !price.region.is_empty()))?;
        Some(best.per_gb)
    }

    /// The currency; empty if the table names none.
    pub(crate) fn currency(&self) -> &str {
        &self.currency
    }
}

impl Price {
    fn key(&self) -> (Class, &String, &String) {
        (self.class, &self.provider, &self.region)
    }
}

/// The fields of a line, without the blanks around them.
fn fields((line, number): (&str, usize)) -> Vec<Field<'_>> {
    let mut column = 1;
    let field = |text: &'_ str| {
        let blanks = text.chars().take_while(|character| character.is_whitespace()).count();
        let begin = column + blanks;
        column += text.chars().count() + 1;
        (begin, number)
    };
    let begins: Vec<(usize, usize)> = line.split(',').map(field).collect();
    let texts = line.split(',').map(str::trim);
    begins.into_iter().zip(texts).map(|((column, line), text)| Field { line, column, text }).collect()
}

fn is_passed_over(fields: &[Field<'_>]) -> bool {
    fields[0].text.starts_with('#') || fields.iter().all(|field| field.text.is_empty())
}

/// Where each of the columns stands.
fn places(header: &[Field<'_>]) -> Result<[Option<usize>; 5], PriceError> {
    for (field, number) in header.iter().zip(0..) {
        if !COLUMNS.contains(&field.text) {
            return Err(field.error(format!("no such column: {}; there are {}", field.text, COLUMNS.join(", "))));
        }
        if header[..number].iter().any(|before| before.text == field.text) {
            return Err(field.error(format!("the column {} is there twice", field.text)));
        }
    }
    let places = COLUMNS.map(|name| header.iter().position(|field| field.text == name));
    match places {
        [Some(_), Some(_), ..] => Ok(places),
        _ => Err(header[0].error("the header must name class and price_per_gb")),
    }
}

fn class_of(field: Field<'_>) -> Result<Class, PriceError> {
    Class::of(field.text).ok_or_else(|| {
        let names: Vec<&str> = CLASSES.iter().map(|row| row.name).collect();
        field.error(format!("no such class: {}; there are {}", field.text, names.join(", ")))
    })
}

fn amount_of(field: Field<'_>) -> Result<f64, PriceError> {
    let amount = field.text.parse::<f64>().ok().filter(|amount| (0.0..=1e6).contains(amount));
    amount.ok_or_else(|| field.error("the price of a GB must be a number from 0 to 1000000, such as 0.09"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_error(text: &str, line: usize, column: usize, why: &str) {
        let error = Prices::parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{error}");
        assert!(error.why.contains(why), "{error}");
    }

    #[test]
    fn the_most_special_price_counts() {
        let text = "# mine\n\nclass, price_per_gb, provider, region, currency\nnat,0.05,,,EUR\nnat,0.04,aws\n\
            nat,0.06,aws,eu-west-1,EUR\nnat,0.07,,eu-west-1\n";
        let prices = Prices::parse(text).expect("prices");
        for (provider, region, expected) in [
            ("aws", "eu-west-1", 0.06),
            ("aws", "us-east-1", 0.04),
            ("AWS", "", 0.04),
            ("gcp", "eu-west-1", 0.07),
            ("gcp", "", 0.05),
        ] {
            assert_eq!(prices.per_gb(Class::Nat, provider, region), Some(expected), "{provider} {region}");
        }
        assert_eq!((prices.per_gb(Class::Peering, "aws", ""), prices.currency()), (None, "EUR"));
    }

    #[test]
    fn the_example_is_read() {
        let prices = Prices::parse(include_str!("../../../../examples/prices.csv")).expect("prices");
        assert!(prices.per_gb(Class::Nat, "aws", "eu-west-1").is_some());
        assert_eq!(prices.per_gb(Class::SameZone, "aws", ""), None);
    }

    #[test]
    fn what_is_wrong_and_where() {
        check_error("", 1, 1, "no header");
        check_error("class,price\n", 1, 7, "no such column: price");
        check_error("class,class,price_per_gb\n", 1, 7, "twice");
        check_error("class,provider\n", 1, 1, "must name");
        check_error("class,price_per_gb\nnat,0.05\n  natt, 0.1\n", 3, 3, "no such class: natt");
        check_error("class,price_per_gb\nnat, five\n", 2, 6, "a number");
        check_error("class,price_per_gb\nnat\n", 2, 4, "a number");
        check_error("class,price_per_gb\nnat,NaN\n", 2, 5, "a number");
        check_error("class,price_per_gb\nnat,1\nnat,2\n", 3, 1, "already");
        check_error("class,price_per_gb,currency\nnat,1,USD\npeering,2,EUR\n", 3, 11, "USD stands above");
        check_error(&"#".repeat(BYTES_MAX + 1), 1, 1, "larger");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "(class|price_per_gb|nat|,|\n|#|é|1|\\.| |\u{feff}){0,40}") {
            let _ = Prices::parse(&text);
        }
    }
}
