//! The sequential test under the scan detectors.
//!
//! Threshold random walk (Jung, Paxson, Berger, Balakrishnan, 2004): benign clients reach four of five of the hosts that
//! they contact first, scanners one of five; each first contact moves a log-likelihood ratio. As the walk never goes
//! below zero (a cumulative sum), a client that was benign before is found as soon as one that is new.

use crate::ground::{Conversation, Outcome};

/// A failed first contact: .8 / .2 to one for a scanner.
const STEP: f64 = 1.386_294_361_119_890_6;
/// What may mean both: an open port that was only looked at.
const HALF_STEP: f64 = STEP / 2.0;
/// UDP and ICMP often stay without an answer for good reasons: one benign first contact of two fails. .8 / .5 and .2 / .5.
const CONNECTIONLESS_FAILURE: f64 = 0.470_003_629_245_735_5;
const CONNECTIONLESS_SUCCESS: f64 = -0.916_290_731_874_155;
/// One false alarm in 100,000 clients and ports, as many as a mid-sized network has in a day. The classic .01 is for one
/// client; here everybody is tested on every port.
pub(super) const THRESHOLD: f64 = 11.512_925_464_970_229;
/// First contacts that are further apart have nothing to do with each other.
const FORGET_S: u32 = 24 * 3_600;

/// What was tried first at each target, and how it went.
pub(super) type Contacts<'a> = Vec<(&'a Conversation, f64)>;

/// What a first contact says, where a log shows all of it (see [`super::sampling`] for others): above zero for a scanner.
pub(super) fn step(talk: &Conversation) -> f64 {
    let is_connectionless = talk.proto != 6;
    match talk.best {
        // Lookups of names and services that are off meet closed ports too.
        Outcome::Rejected if is_connectionless => CONNECTIONLESS_FAILURE,
        Outcome::Denied | Outcome::Rejected => STEP,
        Outcome::Unanswered if is_connectionless => CONNECTIONLESS_FAILURE,
        Outcome::Unanswered => STEP,
        // Open, looked at, and left: clients that want something say something.
        Outcome::Probed => HALF_STEP,
        Outcome::Established if is_connectionless => CONNECTIONLESS_SUCCESS,
        Outcome::Established => -STEP,
        Outcome::OneWay | Outcome::ReplyOnly => 0.0,
    }
}

/// The highest point of a walk, and the contacts that led there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Walk {
    pub(super) score: f64,
    /// First and last contact of the rise, as places in the steps.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Walks over first contacts (second, step) in the order of time.
pub(super) fn walk(contacts: &[(u32, f64)]) -> Walk {
    let (mut best, mut score, mut from) = (Walk::default(), 0.0_f64, 0);
    for (place, (at, step)) in contacts.iter().enumerate() {
        let is_forgotten = place > 0 && at.saturating_sub(contacts[place - 1].0) > FORGET_S;
        if score <= 0.0 || is_forgotten {
            (score, from) = (0.0, place);
        }
        score += step;
        if score > best.score {
            best = Walk { score, from, to: place };
        }
    }
    best
}

/// Failures that come close together count without what succeeded between them, if they are more than one of three.
const BURST_S: u32 = 300;
const BURST_SHARE_MIN: f64 = 1.0 / 3.0;

/// The densest five minutes: a client with so many dead targets at once guesses addresses, whatever else it does.
pub(super) fn burst(contacts: &[(u32, f64)]) -> Walk {
    let (mut best, mut score, mut failures, mut start) = (Walk::default(), 0.0, 0_usize, 0);
    for (end, (at, step)) in contacts.iter().enumerate() {
        score += step.max(0.0);
        failures += usize::from(*step > 0.0);
        while at - contacts[start].0 > BURST_S {
            score -= contacts[start].1.max(0.0);
            failures -= usize::from(contacts[start].1 > 0.0);
            start += 1;
        }
        let is_enough = failures as f64 > (end + 1 - start) as f64 * BURST_SHARE_MIN;
        if is_enough && score > best.score {
            best = Walk { score, from: start, to: end };
        }
    }
    best
}

/// How sure a walk makes: a half at the threshold, near one at the double.
pub(super) fn confidence(score: f64) -> f64 {
    (1.0 - 0.5 * (-(score - THRESHOLD).max(0.0) / THRESHOLD * 2.0).exp()).min(0.99)
}
