//! The head of a message: its texts in one buffer that is used again, its fields as places in it.

/// A place in the buffer of a [`Headers`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// Is nothing there?
    pub fn is_empty(self) -> bool {
        self.length == 0
    }
}

/// Fields whose place is remembered, because each message is asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Known {
    /// `Authorization`
    Authorization,
    /// `Connection`
    Connection,
    /// `Content-Disposition`
    ContentDisposition,
    /// `Content-Encoding`
    ContentEncoding,
    /// `Content-Length`
    ContentLength,
    /// `Content-Range`
    ContentRange,
    /// `Content-Type`
    ContentType,
    /// `Expect`
    Expect,
    /// `Host`
    Host,
    /// `HTTP2-Settings`
    Http2Settings,
    /// `Location`
    Location,
    /// `Referer`
    Referer,
    /// `Transfer-Encoding`
    TransferEncoding,
    /// `Upgrade`
    Upgrade,
    /// `User-Agent`
    UserAgent,
    /// `X-Forwarded-For`
    XForwardedFor,
}

/// In the order of [`Known`].
const KNOWN: [(&[u8], Known); 16] = [
    (b"authorization", Known::Authorization),
    (b"connection", Known::Connection),
    (b"content-disposition", Known::ContentDisposition),
    (b"content-encoding", Known::ContentEncoding),
    (b"content-length", Known::ContentLength),
    (b"content-range", Known::ContentRange),
    (b"content-type", Known::ContentType),
    (b"expect", Known::Expect),
    (b"host", Known::Host),
    (b"http2-settings", Known::Http2Settings),
    (b"location", Known::Location),
    (b"referer", Known::Referer),
    (b"transfer-encoding", Known::TransferEncoding),
    (b"upgrade", Known::Upgrade),
    (b"user-agent", Known::UserAgent),
    (b"x-forwarded-for", Known::XForwardedFor),
];

/// What a head may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fields with different names.
    pub fields_max: usize,
    /// Bytes of all texts.
    pub text_bytes_max: usize,
    /// Repeated fields whose values are kept.
    pub repetitions_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { fields_max: 1_024, text_bytes_max: 256 << 10, repetitions_max: 64 }
    }
}

/// What became of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The first of its name.
    New,
    /// The second of its name: its value went behind the first one's, after `, `.
    Repeated,
    /// One more of its name, also kept, or not any more.
    RepeatedAgain,
    /// A second Content-Length of the same value; the first stands.
    SameLength,
    /// A second Content-Length of another value; the first stands.
    OtherLength,
    /// There are too many fields; it is not kept.
    TooMany,
    /// There is too much text; it is not kept.
    TooLong,
}

/// The texts and the fields of a head.
#[derive(Debug, Default)]
pub struct Headers {
    text: Vec<u8>,
    fields: Vec<Field>,
    /// One more than the place of a known field, or 0.
    known: [u16; KNOWN.len()],
    repetitions: usize,
    /// The field that a folded line continues; none where its value is not kept.
    last: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Span,
    is_repeated: bool,
}

impl Headers {
    /// The value of a field; of a repeated one all values with commas between them.
    pub fn get(&self, field: Known) -> Option<&[u8]> {
        let place = self.known[field as usize];
        (place > 0).then(|| self.text(self.fields[usize::from(place) - 1].value))
    }

    /// As [`Headers::get`], by a name in any case.
    pub fn find(&self, name: &[u8]) -> Option<&[u8]> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Was the field there more than once?
    pub fn is_repeated(&self, field: Known) -> bool {
        let place = self.known[field as usize];
        place > 0 && self.fields[usize::from(place) - 1].is_repeated
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (self.text(field.name), self.text(field.value)))
    }

    /// Is there no field?
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The text at a place.
    pub fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.text.get(start..start + span.length as usize).unwrap_or_default()
    }

    /// Forgets everything, keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.clear_fields();
    }

    /// Forgets the fields (of an interim response).
    pub(crate) fn clear_fields(&mut self) {
        self.fields.clear();
        self.known = Default::default();
        self.repetitions = 0;
        self.last = None;
    }

    /// Bytes of memory.
    pub(crate) fn held_bytes(&self) -> usize {
        self.text.capacity() + self.fields.capacity() * size_of::<Field>()
    }

    /// Keeps a text that is no field: a method, a status line's message.
    pub(crate) fn keep(&mut self, text: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        Span { start, length: text.len() as u32 }
    }

    /// Keeps a part of what is already kept once more, in lower case.
    pub(crate) fn keep_part_lower_case(&mut self, span: Span, part: std::ops::Range<usize>) -> Span {
        let from = span.start as usize;
        let start = self.text.len();
        self.text.extend_from_within(from + part.start..from + part.end);
        self.text[start..].make_ascii_lowercase();
        Span { start: start as u32, length: part.len() as u32 }
    }

    /// The place of a field's value.
    pub(crate) fn span(&self, field: Known) -> Option<Span> {
        let place = self.known[field as usize];
        (place > 0).then(|| self.fields[usize::from(place) - 1].value)
    }

    /// Adds a field.
    pub(crate) fn add(&mut self, name: &[u8], value: &[u8], limits: &Limits) -> Added {
        self.last = None;
        if self.text.len() + name.len() + value.len() > limits.text_bytes_max {
            return Added::TooLong;
        }
        let known = known(name);
        if let Some(place) = self.place(name, known) {
            return self.add_again(place, known, value, limits);
        }
        if self.fields.len() >= limits.fields_max.min(usize::from(u16::MAX) - 1) {
            return Added::TooMany;
        }
        let field = Field { name: self.keep(name), value: self.keep(value), is_repeated: false };
        self.last = Some(self.fields.len());
        self.fields.push(field);
        if let Some(known) = known {
            self.known[known as usize] = self.fields.len() as u16;
        }
        Added::New
    }

    /// Takes back the field that came last, if it has no name: its value.
    pub(crate) fn take_nameless(&mut self) -> Option<Vec<u8>> {
        let last = self.last.filter(|last| *last + 1 == self.fields.len())?;
        let field = self.fields.get(last).filter(|field| field.name.length == 0 && !field.is_repeated)?;
        let value = self.text(field.value).to_vec();
        self.fields.pop();
        self.last = None;
        Some(value)
    }

    /// Adds a field beside others of its name.
    pub(crate) fn add_apart(&mut self, name: &[u8], value: &[u8], limits: &Limits) -> Added {
        if self.text.len() + name.len() + value.len() > limits.text_bytes_max {
            return Added::TooLong;
        }
        if self.fields.len() >= limits.fields_max.min(usize::from(u16::MAX) - 1) {
            return Added::TooMany;
        }
        let field = Field { name: self.keep(name), value: self.keep(value), is_repeated: false };
        self.fields.push(field);
        if let Some(known) = known(name).filter(|known| self.known[*known as usize] == 0) {
            self.known[known as usize] = self.fields.len() as u16;
        }
        Added::New
    }

    /// Where the last field's value is.
    pub(crate) fn last_value(&self) -> Span {
        self.fields.last().map_or(Span::default(), |field| field.value)
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    fn place(&self, name: &[u8], known: Option<Known>) -> Option<usize> {
        if let Some(known) = known {
            return usize::from(self.known[known as usize]).checked_sub(1);
        }
        let is_same = |field: &Field| {
            field.name.length as usize == name.len() && self.text(field.name).eq_ignore_ascii_case(name)
        };
        self.fields.iter().position(is_same)
    }

    fn add_again(&mut self, place: usize, known: Option<Known>, value: &[u8], limits: &Limits) -> Added {
        let was_repeated = std::mem::replace(&mut self.fields[place].is_repeated, true);
        if known == Some(Known::ContentLength) {
            let first = decimal(self.text(self.fields[place].value));
            return if first.is_some() && first == decimal(value) { Added::SameLength } else { Added::OtherLength };
        }
        self.repetitions += 1;
        if self.repetitions <= limits.repetitions_max {
            self.last = Some(place);
            return self.append(place, b", ", value, limits).unwrap_or(match was_repeated {
                false => Added::Repeated,
                true => Added::RepeatedAgain,
            });
        }
        Added::RepeatedAgain
    }

    /// Appends to the value that came last: the folded line behind it (RFC 9112, section 5.2).
    pub(crate) fn unfold(&mut self, more: &[u8], limits: &Limits) -> Option<Added> {
        self.append(self.last?, b" ", more, limits)
    }

    /// Appends to a value, which moves to the end of the text if it is not there. Tells if there is no room.
    fn append(&mut self, place: usize, between: &[u8], more: &[u8], limits: &Limits) -> Option<Added> {
        let Span { start, length } = self.fields[place].value;
        let (start, end) = (start as usize, start as usize + length as usize);
        let is_last = end == self.text.len();
        let moved = if is_last { 0 } else { end - start };
        if self.text.len() + moved + between.len() + more.len() > limits.text_bytes_max {
            return Some(Added::TooLong);
        }
        let new_start = if is_last { start } else { self.text.len() };
        if !is_last {
            self.text.extend_from_within(start..end);
        }
        self.text.extend_from_slice(between);
        self.text.extend_from_slice(more);
        self.fields[place].value = Span { start: new_start as u32, length: (self.text.len() - new_start) as u32 };
        None
    }
}

/// A value that can be shown: of `Authorization: Basic dXNlcjpwYXNz` only `Basic`.
pub(crate) fn without_credentials<'a>(name: &[u8], value: &'a [u8]) -> &'a [u8] {
    let has_credentials = [&b"authorization"[..], b"proxy-authorization"].iter().any(|n| n.eq_ignore_ascii_case(name));
    if !has_credentials {
        return value;
    }
    &value[..memchr::memchr(b' ', value).unwrap_or(0)]
}

/// For each length of a name a bit for each known field of it.
const BY_LENGTH: [u16; 20] = {
    let (mut masks, mut place) = ([0; 20], 0);
    while place < KNOWN.len() {
        masks[KNOWN[place].0.len()] |= 1 << place;
        place += 1;
    }
    masks
};

/// The field of that name, in any case.
fn known(name: &[u8]) -> Option<Known> {
    let mut mask = *BY_LENGTH.get(name.len())?;
    while mask != 0 {
        let (known, field) = KNOWN[mask.trailing_zeros() as usize];
        if known.eq_ignore_ascii_case(name) {
            return Some(field);
        }
        mask &= mask - 1;
    }
    None
}

/// The number that decimal digits at the begin say, blanks before them skipped. None where there is none, or none that
/// others would take: many count with signs.
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..digits]).ok()?;
    number.parse().ok().filter(|number| i64::try_from(*number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_fields_are_in_the_order_of_their_names() {
        for (place, (name, field)) in KNOWN.iter().enumerate() {
            assert_eq!((known(name), *field as usize), (Some(*field), place));
        }
        assert_eq!((known(b"HOST"), known(b"hosts"), known(b"")), (Some(Known::Host), None, None));
    }

    #[test]
    fn repeated_fields_are_joined_and_folded_lines_appended() {
        let limits = Limits { text_bytes_max: 100, ..Limits::default() };
        let mut headers = Headers::default();
        assert_eq!(headers.add(b"Via", b"a", &limits), Added::New);
        assert_eq!(headers.add(b"Content-Length", b"5", &limits), Added::New);
        assert_eq!(headers.add(b"via", b"b", &limits), Added::Repeated);
        assert_eq!(headers.unfold(b"c", &limits), None);
        assert_eq!(headers.add(b"content-length", b"05", &limits), Added::SameLength);
        assert_eq!(headers.add(b"content-length", b"6", &limits), Added::OtherLength);
        assert_eq!(headers.add(b"x", &[b'x'; 90], &limits), Added::TooLong);
        let fields: Vec<_> = headers.iter().collect();
        assert_eq!(fields, [(&b"Via"[..], &b"a, b c"[..]), (b"Content-Length", b"5")]);
    }
}
