//! From text to a policy. Every statement is read, whatever is wrong with others.

use super::{Action, Attribute, Diagnostic, Party, Place, Policy, Ports, Rule, Segment, Selector, check};
use enrich::prefix::parse_prefix;
use enrich::service::protocol_number;

/// Remarks on one file, at most.
const DIAGNOSTICS_MAX: usize = 100;
/// Statements of one file, at most.
const STATEMENTS_MAX: usize = 100_000;

impl Policy {
    /// Reads a policy file. What is wrong with it comes with it, in the order of the file; what could be read is in the
    /// policy all the same.
    pub fn parse(text: &str) -> (Policy, Vec<Diagnostic>) {
        let mut reader = Reader::default();
        for (line, number) in text.lines().zip(1..).take(STATEMENTS_MAX) {
            reader.line(line, number);
        }
        if text.lines().count() > STATEMENTS_MAX {
            let place = Place { line: STATEMENTS_MAX as u32 + 1, column: 1 };
            reader
                .diagnostics
                .push(Diagnostic::error(place, format!("more than {STATEMENTS_MAX} lines: the rest is not read")));
        }
        reader.finish()
    }
}

/// A word or a sign, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    place: Place,
    /// It stood in quotes: it is a name, whatever it says.
    is_quoted: bool,
}

/// A rule whose parties are not looked up yet.
struct Draft {
    action: Action,
    from: Vec<Token>,
    to: Vec<Token>,
    ports: Vec<Ports>,
    place: Place,
}

#[derive(Default)]
struct Reader {
    segments: Vec<Segment>,
    drafts: Vec<Draft>,
    diagnostics: Vec<Diagnostic>,
}

type Fallible<T> = Result<T, Diagnostic>;

fn fail<T>(place: Place, message: impl Into<String>) -> Fallible<T> {
    Err(Diagnostic::error(place, message.into()))
}

impl Reader {
    fn line(&mut self, line: &str, number: u32) {
        let statement = tokens(line, number).and_then(|tokens| self.statement(&tokens, line, number));
        if let Err(diagnostic) = statement {
            self.diagnostics.push(diagnostic);
        }
    }

    fn statement(&mut self, tokens: &[Token], line: &str, number: u32) -> Fallible<()> {
        let Some((first, rest)) = tokens.split_first() else { return Ok(()) };
        let end = Place { line: number, column: line.chars().count() as u32 + 1 };
        match first.text.as_str() {
            "segment" => self.segment(rest, end),
            "allow" => self.rule(Action::Allow, first.place, rest, end),
            "deny" => self.rule(Action::Deny, first.place, rest, end),
            other => fail(first.place, format!("\"{other}\" begins no statement: write segment, allow or deny")),
        }
    }

    fn segment(&mut self, tokens: &[Token], end: Place) -> Fallible<()> {
        let Some((name, rest)) = tokens.split_first() else { return fail(end, "the segment's name is missing") };
        if !name.is_quoted && is_reserved(&name.text) {
            return fail(name.place, format!("\"{}\" has a meaning of its own: choose another name", name.text));
        }
        let Some((_, rest)) = rest.split_first().filter(|(sign, _)| sign.text == "=") else {
            return fail(rest.first().map_or(end, |token| token.place), "\"=\" is missing behind the segment's name");
        };
        let selectors = items(rest, end)?.into_iter().map(selector).collect::<Fallible<Vec<Selector>>>()?;
        self.segments.push(Segment { name: name.text.clone(), selectors, place: name.place });
        Ok(())
    }

    fn rule(&mut self, action: Action, place: Place, tokens: &[Token], end: Place) -> Fallible<()> {
        let is_arrow = |token: &Token| !token.is_quoted && token.text == "->";
        let Some(arrow) = tokens.iter().position(is_arrow) else {
            return fail(end, "\"->\" is missing between client and server");
        };
        let (from, rest) = (&tokens[..arrow], &tokens[arrow + 1..]);
        let on = rest.iter().position(|token| !token.is_quoted && token.text == "on");
        let (to, services) = match on {
            Some(on) => (&rest[..on], Some(&rest[on + 1..])),
            None => (rest, None),
        };
        let parties = |tokens: &[Token], at: Place| -> Fallible<Vec<Token>> {
            let one = |item: &[Token]| match item {
                [one] => Ok(one.clone()),
                [_, second, ..] => fail(second.place, "one name or prefix at a time: separate them with \",\""),
                [] => fail(at, "a name is missing"),
            };
            items(tokens, at)?.into_iter().map(one).collect()
        };
        let from = parties(from, tokens[arrow].place)?;
        let to = parties(to, on.map_or(end, |on| rest[on].place))?;
        let ports = match services {
            Some(services) => items(services, end)?.into_iter().map(ports).collect::<Fallible<Vec<Ports>>>()?,
            None => Vec::new(),
        };
        self.drafts.push(Draft { action, from, to, ports, place });
        Ok(())
    }

    /// Names are looked up when all are known: a segment may be defined below its use.
    fn finish(mut self) -> (Policy, Vec<Diagnostic>) {
        let mut policy = Policy { segments: std::mem::take(&mut self.segments), rules: Vec::new() };
        for draft in std::mem::take(&mut self.drafts) {
            let mut look_up = |tokens: &[Token]| {
                let parties = tokens.iter().map(|token| party(token, &policy.segments));
                let found: Vec<Fallible<Party>> = parties.collect();
                found
                    .into_iter()
                    .filter_map(|party| party.map_err(|diagnostic| self.diagnostics.push(diagnostic)).ok())
                    .collect()
            };
            let (from, to): (Vec<Party>, Vec<Party>) = (look_up(&draft.from), look_up(&draft.to));
            if from.len() == draft.from.len() && to.len() == draft.to.len() {
                policy.rules.push(Rule { action: draft.action, from, to, ports: draft.ports, place: draft.place });
            }
        }
        check::check(&policy, &mut self.diagnostics);
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
        if self.diagnostics.len() > DIAGNOSTICS_MAX {
            let more = self.diagnostics.len() - DIAGNOSTICS_MAX;
            let place = self.diagnostics[DIAGNOSTICS_MAX].place;
            self.diagnostics.truncate(DIAGNOSTICS_MAX);
            self.diagnostics.push(Diagnostic::error(place, format!("{more} further remarks are not shown")));
        }
        (policy, self.diagnostics)
    }
}

fn is_reserved(word: &str) -> bool {
    matches!(word, "any" | "internet" | "private" | "on" | "segment" | "allow" | "deny" | "=" | "," | "->")
        || parse_prefix(word).is_ok()
}

/// Words, quoted texts and signs of a line, without its comment.
fn tokens(line: &str, number: u32) -> Fallible<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut letters = line.chars().zip(1..).peekable();
    while let Some((letter, column)) = letters.next() {
        let place = Place { line: number, column };
        let mut text = String::new();
        match letter {
            '#' => break,
            letter if letter.is_whitespace() => continue,
            '"' => loop {
                match letters.next() {
                    Some(('"', _)) => break,
                    Some((letter, _)) => text.push(letter),
                    None => return fail(place, "the quote is not closed"),
                }
            },
            ',' => text.push(','),
            // A tag's value may follow its `=` at once; the sign behind a segment's name is a word of its own.
            letter => {
                text.push(letter);
                let ends = |letter: &char| letter.is_whitespace() || matches!(letter, ',' | '#' | '"');
                while let Some((letter, _)) = letters.next_if(|(letter, _)| !ends(letter)) {
                    text.push(letter);
                }
            }
        }
        tokens.push(Token { text, place, is_quoted: letter == '"' });
    }
    Ok(tokens)
}

/// Tokens between commas; none of them empty.
fn items(tokens: &[Token], end: Place) -> Fallible<Vec<&[Token]>> {
    let mut items = Vec::new();
    let mut at = 0;
    for item in tokens.split(|token| !token.is_quoted && token.text == ",") {
        at += item.len();
        if item.is_empty() {
            return fail(tokens.get(at).map_or(end, |token| token.place), "something is missing here");
        }
        at += 1;
        items.push(item);
    }
    Ok(items)
}

fn selector(item: &[Token]) -> Fallible<Selector> {
    let (first, rest) = (&item[0], &item[1..]);
    let end = item.last().map_or(first.place, |last| last.place);
    let attribute = Attribute::ALL.into_iter().find(|attribute| attribute.word() == first.text && !first.is_quoted);
    if let Some(attribute) = attribute {
        return match rest {
            [value] => Ok(Selector::Named(attribute, value.text.clone())),
            _ => fail(end, format!("write one {}; a name with spaces goes in quotes", attribute.word())),
        };
    }
    if first.text == "tag" && !first.is_quoted {
        // In quotes a tag may come in two tokens: `tag "key="value`.
        let text: String = rest.iter().map(|token| token.text.as_str()).collect();
        return match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Selector::Tag(key.to_owned(), value.to_owned())),
            _ => fail(end, "write a tag as key=value, in quotes if it has spaces"),
        };
    }
    match (parse_prefix(&first.text), rest) {
        (Ok(prefix), []) => Ok(Selector::Prefix(prefix)),
        (Ok(_), [extra, ..]) => fail(extra.place, "one prefix at a time: separate them with \",\""),
        (Err(error), _) if starts_like_address(&first.text) => fail(first.place, error.to_string()),
        (Err(_), _) => {
            let known = "a prefix, account, vpc, subnet, instance, service or tag";
            fail(first.place, format!("\"{}\" is none of these: {known}", first.text))
        }
    }
}

fn starts_like_address(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit()) || text.contains(':')
}

fn party(token: &Token, segments: &[Segment]) -> Fallible<Party> {
    match token.text.as_str() {
        "any" if !token.is_quoted => return Ok(Party::Any),
        "internet" if !token.is_quoted => return Ok(Party::Internet),
        "private" if !token.is_quoted => return Ok(Party::Private),
        _ => {}
    }
    if let Some(number) = segments.iter().position(|segment| segment.name == token.text) {
        return Ok(Party::Segment(number));
    }
    match parse_prefix(&token.text) {
        Ok(prefix) => Ok(Party::Prefix(prefix)),
        Err(error) if starts_like_address(&token.text) => fail(token.place, error.to_string()),
        Err(_) => {
            let near = segments.iter().map(|segment| segment.name.as_str()).find(|name| is_near(name, &token.text));
            let hint = near.map(|name| format!(": did you mean \"{name}\"?")).unwrap_or_default();
            fail(token.place, format!("no segment is called \"{}\"{hint}", token.text))
        }
    }
}

/// Is it the same but for one letter more, less, other, or two in the wrong order?
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[start..], &other[start..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    match (one, other) {
        ([a, b], [c, d]) => a == d && b == c,
        (one, other) => one.len() <= 1 && other.len() <= 1,
    }
}

fn ports(item: &[Token]) -> Fallible<Ports> {
    let [token] = item else {
        return fail(item[1].place, "one service at a time: separate them with \",\"");
    };
    let (name, range) = match token.text.split_once('/') {
        Some((name, range)) => (name, Some(range)),
        None => (token.text.as_str(), None),
    };
    let name = name.strip_prefix("proto").filter(|digits| !digits.is_empty()).unwrap_or(name);
    let Some(protocol) = protocol_number(name) else {
        return fail(
            token.place,
            format!("\"{name}\" is no protocol: write tcp/443, udp/53, tcp/8000-8100, icmp or proto47"),
        );
    };
    let Some(range) = range else { return Ok(Ports::all(protocol)) };
    if !matches!(protocol, 6 | 17 | 33 | 132 | 136) {
        return fail(token.place, format!("{name} has no ports: write \"{name}\" alone"));
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if first <= last => Ok(Ports { protocol, first, last }),
        (Ok(_), Ok(_)) => fail(token.place, format!("the range {range} ends before it begins")),
        _ => fail(
            token.place,
            format!("\"{range}\" is no port: write a number from 0 to 65535, or a range such as 8000-8100"),
        ),
    }
}
