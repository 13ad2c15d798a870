//! What is odd about traffic, and what a flow speaks.

use super::event_names::events_of;
use super::{Keyword, other};
use crate::detect::rule::{Condition, Place, WhichApplication};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome, applications_of, unknown};
use crate::language::{Setting, Text};
use applayer::FRAMES;
use model::packet::{AnomalyLayer, Side};

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["app-layer-event"], application_event, "an application's message is odd"),
    other(&["decode-event"], decode_event, "the headers of a packet are odd"),
    other(&["stream-event"], stream_event, "a TCP connection is odd"),
    other(&["engine-event"], engine_event, "something is odd"),
    other(&["app-layer-protocol"], application_protocol, "what the flow speaks"),
    other(&["frame"], frame, "the options behind it look into a part of a protocol's messages"),
];

fn name_of(value: Text<'_>) -> Outcome<Text<'_>> {
    let is_name = value.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    match is_name {
        true => Ok(value),
        false => Err(Problem::at(value, "the name of an event has letters, digits, `.` and `_`")),
    }
}

fn push(draft: &mut Draft<'_>, layer: AnomalyLayer, name: &str) {
    draft.conditions.push(Condition::Event(layer, name.into()));
}

/// `app-layer-event:tls.invalid_tls_header`, `app-layer-event:applayer_wrong_direction_first_data`
fn application_event(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = name_of(setting.needed()?)?;
    let Some((protocol, name)) = value.split_once('.') else {
        check_name(value, None)?;
        push(draft, AnomalyLayer::Application, value.as_str());
        return Ok(());
    };
    let applications = applications_of(protocol)?;
    draft.need_application(Origin { applications, ..Origin::NONE }, setting)?;
    check_name(name, Some(protocol.as_str()))?;
    push(draft, AnomalyLayer::Application, name.as_str());
    Ok(())
}

/// Is there such an event? One that nobody raises would never be told.
fn check_name(name: Text<'_>, protocol: Option<&str>) -> Outcome {
    let Some(events) = events_of(protocol) else { return Ok(()) };
    let known: Vec<&str> = events.collect();
    match known.contains(&name.as_str()) {
        true => Ok(()),
        false => Err(unknown(name, "event", known.into_iter())),
    }
}

fn decode_event(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = name_of(setting.needed()?)?;
    let name = value.strip("decoder.").unwrap_or(value);
    push(draft, AnomalyLayer::Decode, name.as_str());
    Ok(())
}

fn stream_event(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = name_of(setting.needed()?)?;
    let name = value.strip("stream.").unwrap_or(value);
    push(draft, AnomalyLayer::Stream, name.as_str());
    Ok(())
}

fn engine_event(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    match setting.needed()?.strip("stream.") {
        Some(_) => stream_event(draft, setting),
        None => decode_event(draft, setting),
    }
}

/// `app-layer-protocol:!http,final`
fn application_protocol(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?.bare();
    let (name, mode) = match value.split_once(',') {
        Some((name, mode)) => (name, Some(mode)),
        None => (value, None),
    };
    let which = match mode.map(Text::as_str) {
        None => WhichApplication::Sender,
        Some("final") => WhichApplication::Final,
        Some("either") => WhichApplication::Either,
        Some("to_server") => WhichApplication::Side(Side::Client),
        Some("to_client") => WhichApplication::Side(Side::Server),
        Some("original") => WhichApplication::Original,
        Some(_) => {
            return Err(Problem::at(
                mode.unwrap_or(value),
                "this is `final`, `original`, `either`, `to_server` or `to_client`",
            ));
        }
    };
    let (name, is_negated) = name.strip("!").map_or((name, false), |name| (name, true));
    if name.as_str().contains(|character: char| character.is_ascii_uppercase()) {
        return Err(unknown(name, "application protocol", std::iter::empty()));
    }
    if !draft.header.applications.is_empty() {
        return Err(Problem::at(setting.name, "the rule's header says already what is spoken"));
    }
    let applications = match name.as_str() {
        "failed" => &["failed"],
        "unknown" if is_negated => return Err(Problem::at(name, "`unknown` cannot be negated")),
        "unknown" => &["unknown"],
        _ => applications_of(name)?,
    };
    match applications {
        [one] => push_application(draft, one, is_negated, which),
        _ if is_negated => applications.iter().for_each(|one| push_application(draft, one, true, which)),
        _ => draft.header.applications = applications.to_vec(),
    }
    Ok(())
}

fn push_application(draft: &mut Draft<'_>, name: &str, is_negated: bool, which: WhichApplication) {
    draft.conditions.push(Condition::Application { name: name.into(), is_negated, which });
}

/// `frame:http1.request`; the protocol may be the header's.
fn frame(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (protocol, name) = match value.split_once('.') {
        // Names have dots too: `nfs.pdu`.
        Some((protocol, name))
            if frames_of(protocol.as_str()).is_some_and(|known| known.iter().any(|it| name.is(it))) =>
        {
            (Some(application(protocol)), name)
        }
        _ => (None, value),
    };
    let has_it = |(of, names): &&(&'static str, &'static [&'static str])| {
        let is_of_rule = draft.header.applications.is_empty() || draft.header.applications.contains(of);
        names.iter().any(|known| name.is(known)) && protocol.map_or(is_of_rule, |protocol| protocol == *of)
    };
    let found: Vec<_> = FRAMES.iter().filter(has_it).collect();
    let [(application, names)] = found[..] else { return Err(wrong_frame(value, found.len())) };
    let known = names.iter().find(|known| name.is(known)).copied().unwrap_or_default();
    let one = FRAMES.iter().position(|(of, _)| of == application).map_or(&[][..], |place| &APPLICATIONS[place]);
    draft.stick_to(Origin::at(Place::Frame(known), one), setting)
}

/// HTTP/1 has a name of its own in rules.
fn application(protocol: Text<'_>) -> &str {
    if protocol.is("http1") { "http" } else { protocol.as_str() }
}

fn frames_of(protocol: &str) -> Option<&'static [&'static str]> {
    let protocol = if protocol == "http1" { "http" } else { protocol };
    FRAMES.iter().find(|(of, _)| *of == protocol).map(|(_, names)| *names)
}

fn wrong_frame(value: Text<'_>, found: usize) -> Problem {
    let name = value.as_str();
    match found {
        0 => Problem::at(value, format!("no protocol of this rule has a frame `{name}`")),
        _ => Problem::at(value, format!("several protocols have a frame `{name}`"))
            .hint("a frame is of a protocol: `http1.request`"),
    }
}

/// The protocols of [`FRAMES`], each as a list of one.
static APPLICATIONS: [[&str; 1]; FRAMES.len()] = {
    let mut all = [[""]; FRAMES.len()];
    let mut place = 0;
    while place < all.len() {
        all[place] = [FRAMES[place].0];
        place += 1;
    }
    all
};
