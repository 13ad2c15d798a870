//! What happened in a connection, in letters, as Zeek's `conn.log` tells it.

use model::packet::Side;

/// Letters in the order in which their events first happened: upper case for the client's, lower case for the server's.
///
/// `s` SYN, `h` SYN/ACK, `a` bare acknowledgement, `d` data, `f` FIN, `r` RST, `t` retransmission, `w` zero window, `g` gap,
/// `^` the first packet was the server's. `t`, `w` and `g` come again at the 10th, 100th, ... time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    letters: [u8; 16],
    length: u8,
}

impl History {
    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The first packet was the server's.
    pub(crate) fn turned(&mut self) {
        self.push(b'^');
    }

    /// What was taken for the client is the server.
    pub(crate) fn turn(&mut self) {
        let before = std::mem::take(self);
        self.turned();
        for letter in before.as_str().bytes().filter(|letter| *letter != b'^') {
            self.push(if letter.is_ascii_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            });
        }
    }

    /// An event that counts once.
    pub(crate) fn once(&mut self, letter: u8, sender: Side) {
        let letter = cased(letter, sender);
        if !self.letters[..usize::from(self.length)].contains(&letter) {
            self.push(letter);
        }
    }

    /// An event that counts at its 1st, 10th, 100th, ... time.
    pub(crate) fn counted(&mut self, letter: u8, sender: Side, count: u32) {
        let is_power_of_ten = count > 0 && 10_u32.pow(count.ilog10()) == count;
        if is_power_of_ten {
            self.push(cased(letter, sender));
        }
    }

    fn push(&mut self, letter: u8) {
        if let Some(place) = self.letters.get_mut(usize::from(self.length)) {
            *place = letter;
            self.length += 1;
        }
    }
}

fn cased(letter: u8, sender: Side) -> u8 {
    if sender == Side::Client { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}
