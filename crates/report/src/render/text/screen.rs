//! Lines that never grow wider than the terminal, coloured or not.
//!
//! Knows nothing of: the report. Every line passes through [`Screen::line`], which cuts it at the width.

use crate::render::table::{Cut, Tone};

/// A colour or a weight: the terminal's own sixteen, so that its theme decides how they look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Blue,
    Cyan,
    /// White on red, for the word `CRITICAL`.
    Alarm,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Red => "1;31",
            Ink::Yellow => "33",
            Ink::Blue => "34",
            Ink::Cyan => "36",
            Ink::Alarm => "1;37;41",
        }
    }

    /// The ink of a cell.
    pub(super) fn of(tone: Tone) -> Ink {
        match tone {
            Tone::Plain => Ink::Plain,
            Tone::Quiet => Ink::Dim,
            Tone::Strong => Ink::Bold,
            Tone::Warn => Ink::Yellow,
            Tone::Bad => Ink::Red,
        }
    }
}

/// A piece of a line.
pub(super) type Part = (Ink, String);

/// A piece of a line.
pub(super) fn part(ink: Ink, text: impl Into<String>) -> Part {
    (ink, text.into())
}

/// The text so far.
pub(super) struct Screen {
    out: String,
    width: usize,
    is_colored: bool,
}

impl Screen {
    /// An empty screen; widths that nothing can be drawn in are widened.
    pub(super) fn new(width: usize, is_colored: bool) -> Screen {
        Screen { out: String::new(), width: width.clamp(40, 240), is_colored }
    }

    /// Its width in columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// What was drawn.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A line, cut where it would be too wide; without blanks at its end.
    pub(super) fn line(&mut self, parts: &[Part]) {
        let mut room = self.width;
        let last_shown = parts.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (index, (ink, text)) in parts.iter().enumerate() {
            let text = if Some(index) >= last_shown { text.trim_end() } else { text };
            let wide = width(text);
            let is_cut = wide > room;
            self.ink(*ink, &if is_cut { cut(text, room, Cut::End) } else { text.to_owned() });
            if is_cut {
                break;
            }
            room -= wide;
        }
        self.out.push('\n');
    }

    fn ink(&mut self, ink: Ink, text: &str) {
        let code = ink.code();
        if !self.is_colored || code.is_empty() || text.is_empty() {
            self.out.push_str(text);
            return;
        }
        for piece in ["\x1b[", code, "m", text, "\x1b[0m"] {
            self.out.push_str(piece);
        }
    }

    /// Pieces that flow over several lines: broken between words, `hanging` columns in.
    pub(super) fn flow(&mut self, hanging: usize, pieces: &[Part]) {
        let mut line = vec![part(Ink::Plain, " ".repeat(hanging))];
        let mut used = hanging;
        for (ink, text) in pieces {
            for word in text.split_inclusive(' ') {
                if used + width(word.trim_end()) > self.width && used > hanging {
                    self.line(&line);
                    line.truncate(1);
                    used = hanging;
                }
                used += width(word);
                line.push(part(*ink, word));
            }
        }
        self.line(&line);
    }

    /// Segments with dots between them: a line is broken between segments where that is possible, else between words.
    pub(super) fn segments(&mut self, hanging: usize, segments: &[Vec<Part>]) {
        let mut line: Vec<Part> = Vec::new();
        let mut used = hanging;
        for segment in segments {
            let wide: usize = segment.iter().map(|(_, text)| width(text)).sum();
            if !line.is_empty() && used + 3 + wide > self.width {
                self.flow(hanging, &line);
                line.clear();
                used = hanging;
            }
            if !line.is_empty() {
                line.push(part(Ink::Dim, " · "));
                used += 3;
            }
            used += wide;
            line.extend(segment.iter().cloned());
        }
        self.flow(hanging, &line);
    }

    /// The title of a section, with a rule to the right and a remark at its end.
    pub(super) fn title(&mut self, title: &str, remark: &str) {
        self.gap();
        let remark = cut(remark, self.width.saturating_sub(width(title) + 5), Cut::End);
        let gaps = if remark.is_empty() { 1 } else { 2 };
        let rule = self.width.saturating_sub(width(title) + width(&remark) + gaps);
        self.line(&[
            part(Ink::Bold, title),
            part(Ink::Dim, format!(" {}", "─".repeat(rule))),
            part(Ink::Dim, if remark.is_empty() { remark } else { format!(" {remark}") }),
        ]);
    }
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// 2 for East Asian wide characters and emoji, 0 for combining marks, else 1.
fn char_width(character: char) -> usize {
    match u32::from(character) {
        0x300..=0x36f
        | 0x483..=0x489
        | 0x591..=0x5bd
        | 0x610..=0x61a
        | 0x64b..=0x65f
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x20d0..=0x20ff
        | 0xfe20..=0xfe2f => 0,
        0x1100..=0x115f
        | 0x231a..=0x231b
        | 0x23e9..=0x23f3
        | 0x2614..=0x2615
        | 0x2648..=0x2653
        | 0x26a1
        | 0x26aa..=0x26ab
        | 0x26bd..=0x26be
        | 0x26c4..=0x26ce
        | 0x26d4
        | 0x26ea..=0x26fd
        | 0x2705
        | 0x270a..=0x270b
        | 0x2728
        | 0x274c..=0x2757
        | 0x2795..=0x27bf
        | 0x2b1b..=0x2b55
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x16fe0..=0x18cff
        | 0x1b000..=0x1b2ff
        | 0x1f000..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// A text cut to at most `most` columns.
pub(super) fn cut(text: &str, most: usize, how: Cut) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(1) else { return String::new() };
    let tail_room = if how == Cut::Middle { room / 2 } else { 0 };
    let head = take(text.chars(), room - tail_room);
    let tail: String = take(text.chars().rev(), tail_room).chars().rev().collect();
    format!("{head}…{tail}")
}

/// The characters that fit into `room` columns.
fn take(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += char_width(*character);
            used <= room
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_what_is_seen() {
        assert_eq!(cut("abcdef", 6, Cut::End), "abcdef");
        assert_eq!(cut("abcdefg", 6, Cut::End), "abcde…");
        assert_eq!(cut("abcdefgh", 6, Cut::Middle), "abc…gh");
        assert_eq!(cut("東京東京", 5, Cut::End), "東京…");
        assert_eq!(cut("abc", 0, Cut::End), "");
    }

    #[test]
    fn a_line_is_never_wider_than_the_screen() {
        let mut screen = Screen::new(40, true);
        screen.line(&[part(Ink::Bold, "x".repeat(39)), part(Ink::Plain, "東"), part(Ink::Plain, "more")]);
        assert_eq!(screen.finish(), format!("\x1b[1m{}\x1b[0m…\n", "x".repeat(39)));
    }

    #[test]
    fn words_flow() {
        let mut screen = Screen::new(40, false);
        screen.flow(2, &[part(Ink::Plain, "one two three four five six seven eight nine ten")]);
        assert_eq!(screen.finish(), "  one two three four five six seven\n  eight nine ten\n");
    }
}
