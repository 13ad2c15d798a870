//! Session descriptions (RFC 8866): lines of a letter and a value.

use crate::tree::Tree;

/// Lines of one description that are kept.
const LINES_MAX: usize = 256;

/// A description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sdp {
    /// Of the session as a whole.
    pub session: Part,
    /// When it takes place: the time, and how that repeats.
    pub times: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Sound and pictures one by one.
    pub media: Vec<Part>,
}

/// Lines about the session, or about one of its media, by their letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    lines: Vec<(u8, Vec<u8>)>,
}

impl Part {
    /// The value of the first line of this letter.
    pub fn value(&self, letter: u8) -> Option<&[u8]> {
        self.values(letter).next()
    }

    /// The values of every line of this letter.
    pub(super) fn values(&self, letter: u8) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter(move |(known, _)| *known == letter).map(|(_, value)| &value[..])
    }

    fn tell_one(&self, name: &'static str, letter: u8, tree: &mut dyn Tree) {
        if let Some(value) = self.value(letter) {
            tree.text(name, value);
        }
    }

    fn tell_list(&self, name: &'static str, letter: u8, tree: &mut dyn Tree) {
        let mut values = self.values(letter).peekable();
        if values.peek().is_some() {
            tree.open_list(name);
            values.for_each(|value| tree.text("", value));
            tree.close_list();
        }
    }
}

/// Reads one; `None` where the first line is not the version.
pub(super) fn parse(body: &[u8]) -> Option<Sdp> {
    let mut sdp = Sdp::default();
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    for line in lines.take(LINES_MAX) {
        let [letter, b'=', value @ ..] = line else { return None };
        sdp.line(*letter, value);
    }
    sdp.session.value(b'v').is_some().then_some(sdp)
}

impl Sdp {
    fn line(&mut self, letter: u8, value: &[u8]) {
        match letter {
            b't' => self.times.push((value.to_vec(), None)),
            b'r' => {
                if let Some((_, repeats)) = self.times.last_mut() {
                    *repeats = Some(value.to_vec());
                }
            }
            b'm' => self.media.push(Part { lines: vec![(letter, value.to_vec())] }),
            _ => self.media.last_mut().unwrap_or(&mut self.session).lines.push((letter, value.to_vec())),
        }
    }

    pub(super) fn tell(&self, tree: &mut dyn Tree) {
        let session = &self.session;
        tree.open_object("sdp");
        let lines = [
            ("origin", b'o'),
            ("session_name", b's'),
            ("session_info", b'i'),
            ("uri", b'u'),
            ("email", b'e'),
            ("phone_number", b'p'),
            ("connection_data", b'c'),
        ];
        lines.into_iter().for_each(|(name, letter)| session.tell_one(name, letter, tree));
        session.tell_list("bandwidths", b'b', tree);
        self.tell_times(tree);
        session.tell_one("timezone", b'z', tree);
        session.tell_one("encryption_key", b'k', tree);
        session.tell_list("attributes", b'a', tree);
        self.tell_media(tree);
        tree.close_object();
    }

    fn tell_times(&self, tree: &mut dyn Tree) {
        if self.times.is_empty() {
            return;
        }
        tree.open_list("time_descriptions");
        for (time, repeats) in &self.times {
            tree.open_object("");
            tree.text("time", time);
            if let Some(repeats) = repeats {
                tree.text("repeat_time", repeats);
            }
            tree.close_object();
        }
        tree.close_list();
    }

    fn tell_media(&self, tree: &mut dyn Tree) {
        if self.media.is_empty() {
            return;
        }
        tree.open_list("media_descriptions");
        for media in &self.media {
            tree.open_object("");
            media.tell_one("media", b'm', tree);
            media.tell_one("media_info", b'i', tree);
            media.tell_list("bandwidths", b'b', tree);
            media.tell_one("connection_data", b'c', tree);
            media.tell_one("encryption_key", b'k', tree);
            media.tell_list("attributes", b'a', tree);
            tree.close_object();
        }
        tree.close_list();
    }
}
