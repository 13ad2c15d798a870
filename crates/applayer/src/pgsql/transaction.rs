//! What is kept of a request and its answer.

use super::answer::Answer;
use super::request::Request;
use super::tell;
use crate::buffer::Field;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

/// Parts of one answer that are kept.
const ANSWERS_MAX: usize = 128;

/// A request and what answers it.
#[derive(Clone, Debug, Default)]
pub struct PgsqlTransaction {
    /// The request; none where it was not seen.
    pub request: Option<Request>,
    /// Parts of the answer in the order in which they came; rows are counted together.
    pub answers: Vec<Answer>,
    /// The connection's database, if it is known.
    pub database: Arc<[u8]>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl PgsqlTransaction {
    /// Is it about a prepared statement?
    pub fn is_prepared(&self) -> bool {
        matches!(self.request, Some(Request::Extended(_)))
    }

    pub(super) fn add(&mut self, answer: Answer) {
        let has_room = self.answers.len() < ANSWERS_MAX;
        match (&answer, self.answers.last_mut()) {
            (Answer::Other | Answer::Ready, _) => {}
            (Answer::Rows(rows, bytes), Some(Answer::Rows(all_rows, all_bytes)))
            | (Answer::CopiedOut(rows, bytes), Some(Answer::CopiedOut(all_rows, all_bytes))) => {
                *all_rows += rows;
                *all_bytes += bytes;
            }
            _ if has_room => self.answers.push(answer),
            _ => {}
        }
    }
}

impl Transaction for PgsqlTransaction {
    /// Prepared statements are rows of their own: EVE has no record of them, and does not count them.
    fn table(&self) -> &'static str {
        if self.is_prepared() { "pgsql_prepared" } else { "pgsql" }
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tell::tell(self, tree);
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        match (&self.request, field, sender, place) {
            (Some(Request::Query(query)), Field::PgsqlQuery, Side::Client, 0) => Some(Cow::Borrowed(query)),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
