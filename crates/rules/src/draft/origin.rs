//! Where the bytes that a keyword looks into come from.

use crate::detect::rule::Place;
use applayer::Field;
use model::packet::Side;

/// Where the bytes or numbers of a keyword come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The place; none while Fathom does not see it.
    pub(crate) place: Option<Place>,
    /// Who sends it; none where both may.
    pub(crate) sender: Option<Side>,
    /// The protocols that have it, by their names in EVE; none where it is of no application.
    pub(crate) applications: &'static [&'static str],
    /// May there be several in a transaction, each of which is looked at by itself?
    pub(crate) is_many: bool,
    /// Is it there only when its side is whole?
    pub(crate) is_whole: bool,
}

impl Origin {
    /// Nothing: what a keyword needs besides is put in.
    pub(crate) const NONE: Origin =
        Origin { place: Some(Place::Payload), sender: None, applications: &[], is_many: false, is_whole: false };

    /// A place of these protocols.
    pub(crate) const fn at(place: Place, applications: &'static [&'static str]) -> Origin {
        Origin { place: Some(place), sender: None, applications, is_many: false, is_whole: false }
    }

    /// A part of their transactions.
    pub(crate) const fn field(field: Field, applications: &'static [&'static str]) -> Origin {
        Origin::at(Place::Field(field), applications)
    }

    /// What Fathom does not see yet.
    pub(crate) const fn unseen(applications: &'static [&'static str]) -> Origin {
        Origin { place: None, sender: None, applications, is_many: false, is_whole: false }
    }

    /// Is it the same place of the same side?
    pub(crate) fn is_same_buffer(self, other: Origin) -> bool {
        self.place == other.place && self.sender == other.sender
    }

    /// The client sends it.
    pub(crate) const fn of_client(self) -> Origin {
        Origin { sender: Some(Side::Client), ..self }
    }

    /// The server sends it.
    pub(crate) const fn of_server(self) -> Origin {
        Origin { sender: Some(Side::Server), ..self }
    }

    /// There may be several.
    pub(crate) const fn many(self) -> Origin {
        Origin { is_many: true, ..self }
    }

    /// It is there at the end.
    pub(crate) const fn whole(self) -> Origin {
        Origin { is_whole: true, ..self }
    }
}
