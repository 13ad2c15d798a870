//! From words to a test: recursive descent, bounded in depth.

use super::BadFilter;
use super::headers::{IPV4, IPV6};
use super::language::{Kind, Words};
use super::names;
use super::test::{Base, Check, Direction, Number, Operation, Relation, Test};
use super::tokens::{Token, tokens};

/// Parentheses, `not` and brackets inside each other.
const DEPTH_MAX: usize = 64;
/// Words that only the interface or the kernel could answer, or whose headers are not read here.
const UNKNOWN: &[&str] =
    &["mpls", "pppoed", "pppoes", "geneve", "inbound", "outbound", "ifname", "protochain", "gateway", "wlan", "fddi"];
const RELATIONS: &[(&str, Relation)] = &[
    ("==", Relation::Equal),
    ("=", Relation::Equal),
    ("!=", Relation::Unequal),
    ("<=", Relation::LessOrEqual),
    ("<", Relation::Less),
    (">=", Relation::GreaterOrEqual),
    (">", Relation::Greater),
];
/// Operations by how loosely they bind.
const OPERATIONS: [&[(&str, Operation)]; 4] = [
    &[("|", Operation::Or), ("^", Operation::ExclusiveOr)],
    &[("&", Operation::And)],
    &[("<<", Operation::ShiftLeft), (">>", Operation::ShiftRight), ("+", Operation::Add), ("-", Operation::Subtract)],
    &[("*", Operation::Multiply), ("/", Operation::Divide), ("%", Operation::Remainder)],
];

/// Compiles a text.
pub(super) fn parse(text: &str) -> Result<Test, BadFilter> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Test::Always);
    }
    let mut parser = Parser { tokens: &tokens, place: 0, end: text.len(), words: Words::default(), tags: 0, depth: 0 };
    let test = parser.expression()?;
    match parser.peek() {
        Some(token) => Err(parser.bad(format!("'{}' does not belong here", token.text))),
        None => Ok(test),
    }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    place: usize,
    end: usize,
    /// Of the last value.
    words: Words<'a>,
    /// VLAN tags that were gone past.
    tags: usize,
    depth: usize,
}

type Parsed<T> = Result<T, BadFilter>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.place).copied()
    }

    fn text(&self) -> &'a str {
        self.peek().map_or("", |token| token.text)
    }

    /// Goes past the next token, if it is one of these.
    fn takes(&mut self, texts: &[&str]) -> bool {
        let is_there = texts.contains(&self.text()) && self.peek().is_some();
        self.place += usize::from(is_there);
        is_there
    }

    fn expects(&mut self, text: &str) -> Parsed<()> {
        if self.takes(&[text]) { Ok(()) } else { Err(self.bad(format!("'{text}' is missing"))) }
    }

    fn bad(&self, what: String) -> BadFilter {
        BadFilter { offset: self.peek().map_or(self.end, |token| token.offset), what }
    }

    /// One level further in.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            return Err(self.bad(format!("more than {DEPTH_MAX} levels")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// `and` and `or` bind equally, from the left.
    fn expression(&mut self) -> Parsed<Test> {
        let mut test = self.term()?;
        loop {
            if self.takes(&["and", "&&"]) {
                test = Test::And(Box::new(test), Box::new(self.term()?));
            } else if self.takes(&["or", "||"]) {
                test = Test::Or(Box::new(test), Box::new(self.term()?));
            } else {
                return Ok(test);
            }
        }
    }

    fn term(&mut self) -> Parsed<Test> {
        if self.takes(&["not", "!"]) {
            return self.deeper(|parser| Ok(Test::Not(Box::new(parser.term()?))));
        }
        if self.may_be_number() {
            let place = self.place;
            match self.deeper(Self::relation) {
                Ok(test) => return Ok(test),
                Err(error) if self.tokens.get(place + 1).is_some_and(|token| token.text == "[") => return Err(error),
                Err(_) => self.place = place,
            }
        }
        if self.takes(&["("]) {
            let test = self.deeper(Self::expression)?;
            self.expects(")")?;
            return Ok(test);
        }
        self.primitive()
    }

    /// Could a comparison of numbers begin here?
    fn may_be_number(&self) -> bool {
        let next = self.tokens.get(self.place + 1).map(|token| token.text);
        matches!(self.text(), "(" | "-" | "len") || next == Some("[") || names::constant(self.text()).is_some()
    }

    fn relation(&mut self) -> Parsed<Test> {
        let left = self.operations(0)?;
        let relation = RELATIONS.iter().find(|(text, _)| *text == self.text());
        let (_, relation) = relation.ok_or_else(|| self.bad("a comparison is missing".to_owned()))?;
        self.place += 1;
        let right = self.operations(0)?;
        Ok(Test::Relation(self.tags, left, *relation, right))
    }

    fn operations(&mut self, level: usize) -> Parsed<Number> {
        let Some(operations) = OPERATIONS.get(level) else { return self.deeper(Self::number) };
        let mut number = self.operations(level + 1)?;
        while let Some((_, operation)) = operations.iter().find(|(text, _)| *text == self.text()) {
            self.place += 1;
            number = Number::Operation(Box::new(number), *operation, Box::new(self.operations(level + 1)?));
        }
        Ok(number)
    }

    fn number(&mut self) -> Parsed<Number> {
        if self.takes(&["("]) {
            let number = self.operations(0)?;
            self.expects(")")?;
            return Ok(number);
        }
        if self.takes(&["-"]) {
            let number = self.deeper(Self::number)?;
            return Ok(Number::Operation(Box::new(Number::Constant(0)), Operation::Subtract, Box::new(number)));
        }
        if self.takes(&["len"]) {
            return Ok(Number::Length);
        }
        if let Some(number) = names::constant(self.text()) {
            self.place += 1;
            return Ok(Number::Constant(number));
        }
        self.bytes()
    }

    /// `tcp[13]`, `ip[2:2]`.
    fn bytes(&mut self) -> Parsed<Number> {
        let base = match self.text() {
            "ether" | "link" => Base::Link,
            "ip" => Base::Network(IPV4),
            "ip6" => Base::Network(IPV6),
            "icmp6" => Base::Transport(IPV6, 58),
            name => match (names::ether_type(name), names::PROTOCOLS.iter().find(|(known, ..)| *known == name)) {
                (_, Some((_, number, _))) => Base::Transport(IPV4, *number),
                (Some(ether_type), None) => Base::Network(ether_type),
                (None, None) => return Err(self.bad("a number is missing".to_owned())),
            },
        };
        self.place += 1;
        self.expects("[")?;
        let offset = Box::new(self.operations(0)?);
        let size = if self.takes(&[":"]) { self.size()? } else { 1 };
        self.expects("]")?;
        Ok(Number::Bytes { base, offset, size })
    }

    fn size(&mut self) -> Parsed<u8> {
        let size = match self.text() {
            "1" => 1,
            "2" => 2,
            "4" => 4,
            _ => return Err(self.bad("1, 2 or 4 bytes can be read".to_owned())),
        };
        self.place += 1;
        Ok(size)
    }

    fn primitive(&mut self) -> Parsed<Test> {
        if UNKNOWN.contains(&self.text()) {
            return Err(self.bad(format!("'{}' is not known here", self.text())));
        }
        if let Some(test) = self.special()? {
            return Ok(test);
        }
        let start = self.place;
        let protocol = self.protocol_word();
        let direction = self.direction();
        let kind = Kind::of(self.text());
        self.place += usize::from(kind.is_some());
        match (protocol, direction, kind) {
            (None, None, None) => self.value(),
            (Some(protocol), None, None) => self.alone(protocol, start),
            _ => {
                let is_ether = protocol == Some("ether");
                let kind = kind.or(is_ether.then_some(Kind::Host));
                self.words = Words { protocol, direction: direction.unwrap_or_default(), kind };
                if self.text() == "(" { self.term() } else { self.value() }
            }
        }
    }

    /// `vlan`, `less`, `greater`, `broadcast`, `multicast`.
    fn special(&mut self) -> Parsed<Option<Test>> {
        let relation = match self.text() {
            "less" => Relation::LessOrEqual,
            "greater" => Relation::GreaterOrEqual,
            "broadcast" | "multicast" => {
                let check = if self.text() == "broadcast" { Check::Broadcast } else { Check::Multicast };
                self.place += 1;
                return Ok(Some(Test::Check(self.tags, check)));
            }
            "vlan" => return self.vlan().map(Some),
            _ => return Ok(None),
        };
        self.place += 1;
        let number = names::number(self.text()).ok_or_else(|| self.bad("a number of bytes is missing".to_owned()))?;
        self.place += 1;
        Ok(Some(Test::Relation(self.tags, Number::Length, relation, Number::Constant(number))))
    }

    /// What comes behind `vlan` is looked for behind the tag.
    fn vlan(&mut self) -> Parsed<Test> {
        self.place += 1;
        let id = names::number(self.text());
        let id = id.map(|id| u16::try_from(id).ok().filter(|id| *id < 4096).ok_or("no VLAN has this number"));
        let id = id.transpose().map_err(|what| self.bad(what.to_owned()))?;
        self.place += usize::from(id.is_some());
        let tags = self.tags;
        self.tags += 1;
        Ok(Test::Check(tags, Check::Vlan(id)))
    }

    fn protocol_word(&mut self) -> Option<&'a str> {
        let word = self.text();
        let is_protocol = word == "ether"
            || names::PROTOCOLS.iter().any(|(known, ..)| *known == word)
            || names::ETHER_TYPES.iter().any(|(known, _)| *known == word);
        self.place += usize::from(is_protocol);
        is_protocol.then_some(word)
    }

    /// `src`, `dst`, `src or dst`, `src and dst`.
    fn direction(&mut self) -> Option<Direction> {
        let ahead = |parser: &Self, steps: usize| parser.tokens.get(parser.place + steps).map(|token| token.text);
        let (first, between, second) = (self.text(), ahead(self, 1), ahead(self, 2));
        let direction = match (first, between, second) {
            ("src", Some("or" | "||"), Some("dst")) | ("dst", Some("or" | "||"), Some("src")) => Direction::Either,
            ("src", Some("and" | "&&"), Some("dst")) | ("dst", Some("and" | "&&"), Some("src")) => Direction::Both,
            ("src", ..) => Direction::Source,
            ("dst", ..) => Direction::Destination,
            _ => return None,
        };
        self.place += if matches!(direction, Direction::Either | Direction::Both) { 3 } else { 1 };
        Some(direction)
    }

    /// A protocol's word without a value: `tcp`, `ip multicast`, `ether broadcast`.
    fn alone(&mut self, protocol: &'a str, start: usize) -> Parsed<Test> {
        let check = if self.takes(&["multicast"]) {
            match protocol {
                "ip" => Check::MulticastAddress(IPV4),
                "ip6" => Check::MulticastAddress(IPV6),
                _ => Check::Multicast,
            }
        } else if protocol == "ether" {
            self.expects("broadcast")?;
            Check::Broadcast
        } else if let Some((_, number, versions)) = names::PROTOCOLS.iter().find(|(known, ..)| *known == protocol) {
            Check::Protocol { number: *number, versions: *versions }
        } else if let Some(ether_type) = names::ether_type(protocol) {
            Check::EtherType(ether_type)
        } else {
            self.place = start;
            return Err(self.bad(format!("'{protocol}' says nothing alone")));
        };
        Ok(Test::Check(self.tags, check))
    }

    /// A value behind its words, or a bare one behind those of the last.
    fn value(&mut self) -> Parsed<Test> {
        let value = self.peek().filter(|token| token.is_word);
        let Some(value) = value else { return Err(self.bad("a word is missing".to_owned())) };
        if self.words.kind == Some(Kind::Net) || self.words.kind.is_none() {
            return self.network(value);
        }
        self.finish(value, None, None)
    }

    /// A network's length or mask stands behind it.
    fn network(&mut self, value: Token<'a>) -> Parsed<Test> {
        let ahead = |steps: usize| self.tokens.get(self.place + steps).map(|token| token.text);
        let (length, mask) = match ahead(1) {
            Some("/") => (ahead(2), None),
            Some("mask") => (None, ahead(2)),
            _ => (None, None),
        };
        if length.is_some() && self.words.kind.is_none() {
            self.words.kind = Some(Kind::Net);
        }
        let test = self.finish(value, length, mask)?;
        self.place += if length.is_some() || mask.is_some() { 2 } else { 0 };
        Ok(test)
    }

    fn finish(&mut self, value: Token<'a>, length: Option<&str>, mask: Option<&str>) -> Parsed<Test> {
        let check = self.words.check(value.text, length, mask).map_err(|what| self.bad(what))?;
        self.place += 1;
        Ok(Test::Check(self.tags, check))
    }
}
