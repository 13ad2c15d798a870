//! A client's commands.

/// A line of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its keyword: a known one in capitals, another one as it was sent.
    pub keyword: Vec<u8>,
    /// What is behind it, word by word.
    pub arguments: Vec<Vec<u8>>,
}

/// What is known of a keyword: how many arguments it has, from and to, and with how many at most a success has further lines.
struct Known {
    keyword: &'static [u8],
    arguments: (usize, usize),
    lines_up_to: Option<usize>,
}

const fn known(keyword: &'static [u8], arguments: (usize, usize), lines_up_to: Option<usize>) -> Known {
    Known { keyword, arguments, lines_up_to }
}

/// RFC 1939, sections 5 to 7; RFC 2449; RFC 2595, section 4; RFC 5034; RFC 6856. A password may have blanks in it.
const KNOWN: &[Known] = &[
    known(b"APOP", (2, 2), None),
    known(b"AUTH", (0, 2), Some(0)),
    known(b"CAPA", (0, 0), Some(0)),
    known(b"DELE", (1, 1), None),
    known(b"LANG", (0, 1), Some(0)),
    known(b"LIST", (0, 1), Some(0)),
    known(b"NOOP", (0, 0), None),
    known(b"PASS", (1, usize::MAX), None),
    known(b"QUIT", (0, 0), None),
    known(b"RETR", (1, 1), Some(1)),
    known(b"RSET", (0, 0), None),
    known(b"STAT", (0, 0), None),
    known(b"STLS", (0, 0), None),
    known(b"TOP", (2, 2), Some(2)),
    known(b"UIDL", (0, 1), Some(0)),
    known(b"USER", (1, 1), None),
    known(b"UTF8", (0, 0), None),
];

impl Command {
    /// Reads a line.
    pub(super) fn parse(line: &[u8]) -> Command {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let keyword = words.next().unwrap_or_default();
        let known = KNOWN.iter().find(|known| known.keyword.eq_ignore_ascii_case(keyword));
        Command {
            keyword: known.map_or(keyword, |known| known.keyword).to_vec(),
            arguments: words.map(<[u8]>::to_vec).collect(),
        }
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.keyword == self.keyword)
    }

    /// What is odd about it.
    pub(super) fn oddity(&self) -> Option<&'static str> {
        match self.known() {
            None => Some("unknown_command"),
            Some(known) => {
                let (least, most) = known.arguments;
                (!(least..=most).contains(&self.arguments.len())).then_some("incorrect_argument_count")
            }
        }
    }

    /// Has its response further lines, where it is a success?
    pub(super) fn has_lines(&self) -> bool {
        self.known().and_then(|known| known.lines_up_to).is_some_and(|most| self.arguments.len() <= most)
    }

    pub(super) fn is(&self, keyword: &[u8]) -> bool {
        self.keyword == keyword
    }
}
