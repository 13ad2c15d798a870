//! One connection: commands wait in a queue for their replies.

use super::item::{Item, Items, Read};
use super::transaction::RedisTransaction;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Commands that wait for their replies; beyond them the oldest is told without one.
const OPEN_MAX: usize = 1 << 10;

#[derive(Default)]
pub(super) struct Redis {
    items: [Items; 2],
    is_dark: [bool; 2],
    open: VecDeque<RedisTransaction>,
    begun: u64,
    replies: Replies,
}

/// Does the client want replies (CLIENT REPLY)?
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Replies {
    #[default]
    On,
    /// Not to the next command.
    Skip,
    Off,
}

impl Redis {
    fn begin(&mut self, now: Timestamp) -> RedisTransaction {
        let id = self.begun;
        self.begun += 1;
        RedisTransaction { id, started: now, ended: now, replies_left: 1, ..RedisTransaction::default() }
    }

    fn command(&mut self, now: Timestamp, item: Item, sink: &mut dyn Sink) {
        let mut texts = item.texts.into_iter();
        let Some(name) = texts.next() else { return };
        let mut transaction = self.begin(now);
        transaction.command = name.to_ascii_uppercase();
        transaction.arguments = texts.collect();
        transaction.argument_count = item.count.saturating_sub(1);
        transaction.request_bytes = item.bytes;
        transaction.replies_left = replies(&transaction);
        if !self.has_reply(&transaction) {
            return sink.transaction(now, &transaction);
        }
        self.open.push_back(transaction);
        if self.open.len() > OPEN_MAX
            && let Some(oldest) = self.open.pop_front()
        {
            sink.anomaly(now, "too_many_transactions", Some(oldest.id));
            sink.transaction(now, &oldest);
        }
    }

    /// Will there be a reply? A client may not want any.
    fn has_reply(&mut self, transaction: &RedisTransaction) -> bool {
        let word = |place: usize| transaction.arguments.get(place).map(|word| word.to_ascii_uppercase());
        let is_choice = transaction.command == b"CLIENT" && word(0).as_deref() == Some(b"REPLY");
        match (is_choice, word(1).as_deref()) {
            (true, Some(b"ON")) => self.replies = Replies::On,
            (true, Some(b"OFF")) => self.replies = Replies::Off,
            (true, Some(b"SKIP")) => self.replies = Replies::Skip,
            _ if self.replies == Replies::Skip => {
                self.replies = Replies::On;
                return false;
            }
            _ => {}
        }
        self.replies == Replies::On
    }

    fn reply(&mut self, now: Timestamp, item: Item, sink: &mut dyn Sink) {
        // Attributes stand before the reply that they are about.
        if item.kind == b'|' {
            return;
        }
        let is_asked = !is_published(&item);
        let transaction = if is_asked { self.open.pop_front() } else { None };
        let mut transaction = transaction.unwrap_or_else(|| self.begin(now));
        transaction.ended = now;
        transaction.replies_left = transaction.replies_left.saturating_sub(1);
        transaction.reply.get_or_insert(item);
        if transaction.replies_left > 0 {
            return self.open.push_front(transaction);
        }
        sink.transaction(now, &transaction);
    }

    fn fail(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1));
        self.is_dark[input.sender.index()] = true;
        Progress::all(input.bytes)
    }
}

/// Each channel that is subscribed to has its own reply.
fn replies(transaction: &RedisTransaction) -> u64 {
    match &transaction.command[..] {
        b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" | b"UNSUBSCRIBE" | b"PUNSUBSCRIBE" | b"SUNSUBSCRIBE" => {
            transaction.argument_count.max(1)
        }
        _ => 1,
    }
}

/// Is it something that was published, and not asked for?
fn is_published(item: &Item) -> bool {
    let first = item.texts.first().map_or(&b""[..], |text| text);
    let is_message = [&b"message"[..], b"pmessage", b"smessage"].contains(&first);
    let is_list = matches!(item.kind, b'*' | b'>');
    is_list && is_message || item.kind == b'>' && !first.ends_with(b"subscribe")
}

impl Parser for Redis {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        let is_client = input.sender == Side::Client;
        let (consumed, item) = match self.items[side].next(input.bytes, is_client) {
            Read::NeedMore => return Progress { consumed: 0, needed: 0 },
            Read::Part(consumed) => (consumed, None),
            // What a client sends is a list of texts, or words.
            Read::Whole(_, item) if is_client && item.kind != b'*' => return self.fail(input, sink),
            Read::Whole(consumed, item) | Read::Words(consumed, item) => (consumed, Some(item)),
            Read::Malformed => return self.fail(input, sink),
        };
        match item {
            Some(item) if is_client => self.command(input.now, item, sink),
            Some(item) => self.reply(input.now, item, sink),
            None => {}
        }
        Progress { consumed, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        // Nothing marks where a value begins.
        self.is_dark[gap.sender.index()] = true;
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
