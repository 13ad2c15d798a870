//! Guessed logins: many short sessions of usual size at one service; fast, slow, from many sources, on odd ports.

use super::job::{is_exact, keeps_time};
use super::sampling::is_bare;
use super::statistics::{median, median_and_spread};
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, moment, row, some};
use crate::ground::{Conversation, Estate, Outcome, Session, Sign};
use std::collections::BTreeMap;

/// Ports where people log in.
const LOGIN_PORTS: &[u16] = &[
    21, 22, 23, 110, 143, 445, 512, 513, 514, 993, 995, 1433, 1521, 2222, 2323, 3306, 3389, 5432, 5900, 5901, 5985,
    5986, 6379,
];
/// ... of which programs of ours log in to these all day, each session like the other.
const DATABASE_PORTS: &[u16] = &[1433, 1521, 3306, 5432, 6379];
/// ... unless no session is larger than a refused login: greeting, name and answer of the server, and the headers.
const REFUSED_BYTES_MAX: u64 = 1_500;
/// ... and where programs of ours look for mail, waiting so long.
const MAIL_PORTS: &[u16] = &[110, 143, 993, 995];
const MAIL_PAUSE_S: u64 = 30;
/// Sessions of one client at one service, at least: nine are a person's day (Slips takes nine too).
const SESSIONS_MIN: usize = 10;
/// ... of one of ours, since programs of ours log in all day.
const SESSIONS_INSIDE_MIN: usize = 60;
/// ... where nothing but their likeness says that they are logins.
const SESSIONS_ODD_PORT_MIN: usize = 30;
/// Sources that guess together, at least.
const SOURCES_MIN: usize = 10;
/// A guess is no longer, in bytes of both directions and in seconds.
const GUESS_BYTES_MAX: f64 = 32_768.0;
const GUESS_SECONDS_MAX: f64 = 180.0;
/// A guess is more than a handshake: both sides say something, some packets each.
const GUESS_PACKETS_MIN: u64 = 4;
/// A login protocol's first words on both sides weigh so much at least (SSH: 700 B, RDP: 400 B).
const ODD_PORT_BYTES_MIN: f64 = 1_000.0;
/// ... and who guesses at one does not pause for long.
const ODD_PORT_PAUSE_MAX_S: f64 = 20.0;
/// ... unless all he says is the same: half are within this share of the usual size.
const SAME: f64 = 0.03;
/// Guesses are alike: half are within this share of the usual size.
const SPREAD_MAX: f64 = 0.5;
const SPREAD_ODD_PORT_MAX: f64 = 0.25;
/// A session that is this many times larger than a guess is another thing.
const SUCCESS_FACTOR: f64 = 8.0;
/// ... and somebody stayed.
const SUCCESS_SECONDS_MIN: u32 = 60;
/// ... or carried something off at once.
const SUCCESS_BYTES_MIN: u64 = 1_000_000;
/// Records kept of one packet in ten or fewer: a session may show one side only.
const WEB_PORTS: &[u16] = &[80, 443, 8080, 8443, 53, 853, 123, 25, 5222, 8883, 1883];

/// What one client did at a service.
struct Guesser<'a> {
    talk: &'a Conversation,
    sessions: Vec<&'a Session>,
    size: f64,
    success: Option<&'a Session>,
}

/// Ports of login protocols, and what the kind of a finding calls them.
const KINDS: &[(u16, &str)] = &[
    (21, "ftp"),
    (22, "ssh"),
    (2222, "ssh"),
    (23, "telnet"),
    (2323, "telnet"),
    (445, "smb"),
    (1433, "mssql"),
    (3306, "mysql"),
    (3389, "rdp"),
    (5432, "postgresql"),
    (5900, "vnc"),
    (5901, "vnc"),
    (5985, "winrm"),
    (5986, "winrm"),
];
/// So many sources of one service are one campaign.
const CAMPAIGN_MIN: usize = 3;

/// Guesses: who seems to have got in by itself, the others of a service as one campaign.
pub(super) fn logins(estate: &Estate) -> Vec<Finding> {
    let services = estate.by_service().filter(|talks| talks[0].proto == 6);
    let found = services.flat_map(|talks| service_of(estate, &talks));
    found.chain(estate.by_client().flat_map(|talks| spread_over_servers(estate, talks))).collect()
}

fn service_of(estate: &Estate, talks: &[&Conversation]) -> Vec<Finding> {
    let is_login = LOGIN_PORTS.contains(&talks[0].port) || talks.iter().any(|talk| talk.signs.has(Sign::LOGIN));
    if !is_login && WEB_PORTS.contains(&talks[0].port) {
        return Vec::new();
    }
    let mut guessers: Vec<Guesser<'_>> = talks.iter().filter_map(|talk| guesser(estate, talk, is_login)).collect();
    let shared = if is_login { sharers(estate, talks) } else { Vec::new() };
    guessers.sort_by_key(|guesser| (std::cmp::Reverse(guesser.sessions.len()), guesser.talk.client));
    let (winners, others): (Vec<_>, Vec<_>) = guessers.into_iter().partition(|guesser| guesser.success.is_some());
    let mut found: Vec<Finding> = winners.chunks(1).map(|winner| told(estate, talks[0], winner, &[])).collect();
    match others.len() + shared.len() {
        0 => {}
        1..CAMPAIGN_MIN => found.extend(others.chunks(1).map(|guesser| told(estate, talks[0], guesser, &[]))),
        _ => found.push(told(estate, talks[0], &others, &shared)),
    }
    found
}

/// Did it finish a handshake, and did both sides speak? Where one packet of ten is seen, any packet shows a session, if
/// the service is seen to speak at all.
fn is_complete(session: &Session, talk: &Conversation) -> bool {
    let totals = &session.totals;
    if session.signs.has(Sign::SAMPLED) {
        let is_refused = matches!(session.outcome, Outcome::Denied | Outcome::Rejected);
        return !is_refused && !is_bare(talk) && talk.totals.down_packets > 0;
    }
    let is_seen_in_part = totals.down_packets == 0 || totals.up_packets == 0;
    session.outcome == Outcome::Established
        && (is_seen_in_part || totals.up_packets >= GUESS_PACKETS_MIN && totals.down_packets >= GUESS_PACKETS_MIN)
}

/// Are the sessions of one size, and of which? Of sampled ones a few packets each are seen, by chance with data or without:
/// there the packets are counted, and the smallest number of them is one that was seen.
fn size_if_alike(talk: &Conversation, sessions: &[&Session], is_login: bool) -> Option<f64> {
    let sizes: Vec<f64> = sessions.iter().map(|session| session.totals.bytes() as f64).collect();
    let (size, spread) = median_and_spread(&sizes)?;
    if !talk.signs.has(Sign::SAMPLED) {
        let is_alike = spread <= size * if is_login { SPREAD_MAX } else { SPREAD_ODD_PORT_MAX };
        return is_alike.then_some(size);
    }
    let packets = |session: &&Session| (session.totals.up_packets.saturating_add(session.totals.down_packets)) as f64;
    let counts: Vec<f64> = sessions.iter().map(packets).collect();
    let (count, spread) = median_and_spread(&counts)?;
    let one = counts.iter().copied().fold(f64::INFINITY, f64::min);
    // Half of the numbers of seen packets are within .67 of their standard deviation, the root of their mean.
    let by_chance = 0.67 * (count * one).sqrt();
    (is_login && spread <= count * SPREAD_MAX + by_chance).then_some(size)
}

fn guesser<'a>(estate: &Estate, talk: &'a Conversation, is_login: bool) -> Option<Guesser<'a>> {
    let is_inside = estate.host(talk.client).is_inside;
    let least = match (is_login, is_inside) {
        (true, false) => SESSIONS_MIN,
        (true, true) => SESSIONS_INSIDE_MIN,
        (false, _) => SESSIONS_ODD_PORT_MIN,
    };
    let is_program = is_inside && !is_login || is_mail_client(talk);
    if talk.sessions_total < least as u64 || is_program {
        return None;
    }
    let sessions: Vec<&Session> = talk.sessions().iter().filter(|session| is_complete(session, talk)).collect();
    if sessions.len() < least {
        return None;
    }
    let size = size_if_alike(talk, &sessions, is_login)?;
    let seconds: Vec<f64> = sessions.iter().map(|session| f64::from(session.duration_s())).collect();
    let (usual_seconds, _) = median_and_spread(&seconds)?;
    let is_heavy_enough = is_login || size >= ODD_PORT_BYTES_MIN;
    let is_guess = size <= GUESS_BYTES_MAX && usual_seconds <= GUESS_SECONDS_MAX && is_heavy_enough;
    if is_inside
        && DATABASE_PORTS.contains(&talk.port)
        && sessions.iter().filter(|session| session.totals.bytes() > REFUSED_BYTES_MAX).count() > sessions.len() / 50
    {
        return None;
    }
    // Programs keep time, guessers do not wait: what comes evenly from inside is a job, and so is looking for mail.
    let starts: Vec<u32> = sessions.iter().map(|session| session.start).collect();
    if (is_inside || MAIL_PORTS.contains(&talk.port)) && keeps_time(&starts) {
        return None;
    }
    // Programs that call a service at a port of its own pause between two calls, and do not say the same each time.
    if !is_login && !is_hasty(&starts) && !is_the_same(&sessions) {
        return None;
    }
    is_guess.then(|| Guesser { talk, success: success(&sessions, size), sessions, size })
}

/// Is nearly every session as long as the others, to the byte or almost?
fn is_the_same(sessions: &[&Session]) -> bool {
    let sizes: Vec<f64> = sessions.iter().map(|session| session.totals.bytes() as f64).collect();
    median_and_spread(&sizes).is_some_and(|(size, spread)| spread <= size * SAME)
}

/// Is the usual pause between two sessions that of a guesser?
fn is_hasty(starts: &[u32]) -> bool {
    let gaps: Vec<f64> = starts.windows(2).map(|pair| f64::from(pair[1] - pair[0])).collect();
    median(&gaps).is_some_and(|pause| pause <= ODD_PORT_PAUSE_MAX_S)
}

/// Who looks for mail every few minutes guesses nothing.
fn is_mail_client(talk: &Conversation) -> bool {
    MAIL_PORTS.contains(&talk.port) && u64::from(talk.span_s()) >= talk.sessions_total * MAIL_PAUSE_S
}

/// (client of ours, server of ours), sessions at one server, sessions at all, of one client that goes from server to server
/// with too few guesses at each to be told there.
const SPREADS: &[((bool, bool), usize, usize)] =
    &[((false, true), 3, 20), ((true, false), 5, 30), ((true, true), 10, 60)];
/// ... so many servers, and the usual pause between two guesses.
const SERVERS_MIN: usize = 3;
const PAUSE_MAX_S: f64 = 60.0;

/// Guesses of one client at several servers, port by port.
fn spread_over_servers(estate: &Estate, talks: &[Conversation]) -> Vec<Finding> {
    let mut ports: BTreeMap<(u16, bool), Vec<Guesser<'_>>> = BTreeMap::new();
    let is_login = |talk: &&Conversation| {
        talk.proto == 6 && LOGIN_PORTS.contains(&talk.port) && !DATABASE_PORTS.contains(&talk.port)
    };
    for talk in talks.iter().filter(is_login) {
        let is_inside = estate.host(talk.server).is_inside;
        ports.entry((talk.port, is_inside)).or_default().extend(few_guesses(estate, talk));
    }
    ports.into_values().filter_map(|guessers| told_spread(estate, &guessers)).collect()
}

fn few_guesses<'a>(estate: &Estate, talk: &'a Conversation) -> Option<Guesser<'a>> {
    let ends = (estate.host(talk.client).is_inside, estate.host(talk.server).is_inside);
    let least = SPREADS.iter().find(|row| row.0 == ends)?.1;
    if talk.sessions_total < least as u64 || guesser(estate, talk, true).is_some() {
        return None;
    }
    let sessions: Vec<&Session> = talk.sessions().iter().filter(|session| is_complete(session, talk)).collect();
    let sizes: Vec<f64> = sessions.iter().map(|session| session.totals.bytes() as f64).collect();
    let gaps: Vec<f64> = sessions.windows(2).map(|pair| f64::from(pair[1].start - pair[0].start)).collect();
    let (size, spread) = median_and_spread(&sizes)?;
    let is_guess = sessions.len() >= least
        && size <= GUESS_BYTES_MAX
        && spread <= size * SPREAD_ODD_PORT_MAX
        && median(&gaps).is_some_and(|pause| pause <= PAUSE_MAX_S);
    is_guess.then(|| Guesser { talk, success: success(&sessions, size), sessions, size })
}

fn told_spread(estate: &Estate, guessers: &[Guesser<'_>]) -> Option<Finding> {
    let talk = guessers.first()?.talk;
    let ends = (estate.host(talk.client).is_inside, estate.host(talk.server).is_inside);
    let guesses: usize = guessers.iter().map(|guesser| guesser.sessions.len()).sum();
    let least = SPREADS.iter().find(|row| row.0 == ends)?.2;
    let sizes: Vec<f64> = guessers.iter().map(|guesser| guesser.size).collect();
    let is_alike = median_and_spread(&sizes).is_some_and(|(size, spread)| spread <= size * SPREAD_ODD_PORT_MAX);
    if guessers.len() < SERVERS_MIN || guesses < least || !is_alike {
        return None;
    }
    let (client, name) = (estate.text(talk.client), service(talk.proto, talk.port));
    let won = guessers.iter().any(|guesser| guesser.success.is_some());
    let severity = match (won, ends.0) {
        (true, _) => Severity::Critical,
        (_, true) => Severity::High,
        _ => Severity::Medium,
    };
    let mut finding = draft(client.clone(), &name, severity, 0.75);
    finding.detector = kind(talk, &[talk]);
    finding.title = format!("{client} guessed logins of {} servers {name}, {guesses} times", guessers.len());
    if won {
        finding.title += ", and one seems to have worked";
    }
    finding.first_seen = guessers.iter().map(|guesser| guesser.talk.first).min().unwrap_or(0);
    finding.last_seen = guessers.iter().map(|guesser| guesser.talk.last).max().unwrap_or(0);
    finding.peers = guessers.iter().map(|guesser| estate.text(guesser.talk.server)).collect();
    let told: Vec<String> = guessers
        .iter()
        .map(|guesser| format!("{}: {}", estate.text(guesser.talk.server), guesser.sessions.len()))
        .collect();
    finding.evidence = vec![row("sessions by server", some(&told)), row("of about", bytes(guessers[0].size as u64))];
    finding.explain = vec![("servers".to_owned(), guessers.len() as f64), ("sessions".to_owned(), guesses as f64)];
    finding.attack = "T1110".to_owned();
    finding.next_step = match ends.0 {
        true => format!("Find the program on {client} that logs in to so many servers."),
        false => "Look at the login logs of these servers.".to_owned(),
    };
    finding.weight = guesses as u64;
    Some(finding)
}

/// The session that stands out: much longer and larger than the guesses before it.
fn success<'a>(sessions: &[&'a Session], size: f64) -> Option<&'a Session> {
    let first = sessions.first()?.start;
    let is_other = |session: &&&Session| {
        session.totals.bytes() as f64 > size * SUCCESS_FACTOR
            && (session.duration_s() >= SUCCESS_SECONDS_MIN || session.totals.bytes() >= SUCCESS_BYTES_MIN)
            && session.start > first
    };
    sessions.iter().filter(is_other).max_by_key(|session| session.totals.bytes()).copied()
}

/// Clients with a few guesses each, many of them, all alike: one campaign spread over sources.
fn sharers<'a>(estate: &Estate, talks: &[&'a Conversation]) -> Vec<&'a Conversation> {
    let few = talks.iter().filter(|talk| !estate.host(talk.client).is_inside);
    let few: Vec<&Conversation> = few
        .filter(|talk| (2..SESSIONS_MIN as u64).contains(&talk.sessions_total))
        .filter(|talk| talk.sessions().iter().filter(|session| is_complete(session, talk)).count() >= 2)
        .copied()
        .collect();
    let sizes: Vec<f64> = few.iter().map(|talk| talk.totals.bytes() as f64 / talk.sessions_total as f64).collect();
    let Some((size, spread)) = median_and_spread(&sizes) else { return Vec::new() };
    let is_campaign = few.len() >= SOURCES_MIN && size <= GUESS_BYTES_MAX && spread <= size * SPREAD_MAX;
    if is_campaign { few } else { Vec::new() }
}

fn told(estate: &Estate, talk: &Conversation, guessers: &[Guesser<'_>], shared: &[&Conversation]) -> Finding {
    let server = estate.text(talk.server);
    let name = service(talk.proto, talk.port);
    let guesses: usize = guessers.iter().map(|guesser| guesser.sessions.len()).sum();
    let winners: Vec<&Guesser<'_>> = guessers.iter().filter(|guesser| guesser.success.is_some()).collect();
    let is_from_inside = guessers.iter().any(|guesser| estate.host(guesser.talk.client).is_inside);
    let severity = match (winners.is_empty(), is_from_inside) {
        (false, _) => Severity::Critical,
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
    };
    let keeps_exact_time =
        |guesser: &Guesser<'_>| is_exact(&guesser.sessions.iter().map(|session| session.start).collect::<Vec<_>>());
    let is_like_a_job = shared.is_empty() && winners.is_empty() && guessers.iter().all(keeps_exact_time);
    let severity = if is_like_a_job { Severity::Low } else { severity };
    let members = guessers.iter().map(|guesser| guesser.talk).chain(shared.iter().copied());
    let members: Vec<&Conversation> = members.collect();
    let sources: Vec<String> = members.iter().map(|talk| estate.text(talk.client)).collect();
    let who = if sources.len() == 1 { sources[0].clone() } else { format!("{} sources", sources.len()) };
    let (entity, peers) =
        if sources.len() == 1 { (who.clone(), vec![server.clone()]) } else { (server.clone(), sources) };
    let mut finding = draft(entity, format!("{server} {name}"), severity, if winners.is_empty() { 0.8 } else { 0.85 });
    finding.detector = kind(talk, &members);
    finding.first_seen = members.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = members.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers_total = peers.len() as u64;
    finding.peers = peers;
    finding.title = format!("{who} guessed logins of {server} {name}");
    if guesses > 0 {
        finding.title = format!("{who} guessed logins of {server} {name}, {guesses} times");
    }
    finding.evidence = evidence(estate, guessers, shared);
    if is_like_a_job {
        finding.evidence.push(row("like a job", "to the second on time: a partner's transfer, or a patient guesser"));
    }
    if let Some(winner) = winners.first().and_then(|winner| Some((winner, winner.success?))) {
        let (guesser, session) = winner;
        finding.title += ", and one seems to have worked";
        finding.evidence.push(row(
            "then a session",
            format!(
                "{} from {}, {} in {}",
                moment(session.start),
                estate.text(guesser.talk.client),
                bytes(session.totals.bytes()),
                duration(session.duration_s().into()),
            ),
        ));
    }
    finding.explain = vec![
        ("sources with ten sessions or more".to_owned(), guessers.len() as f64),
        ("sources with fewer, all alike".to_owned(), shared.len() as f64),
        ("sources with a session unlike the guesses".to_owned(), winners.len() as f64),
    ];
    finding.attack = if shared.is_empty() { "T1110.001" } else { "T1110.003" }.to_owned();
    finding.next_step =
        format!("Look at the login log of {server}, and at what it did after {}.", moment(finding.first_seen));
    finding.weight = guesses as u64 + shared.len() as u64;
    finding
}

/// `bruteforce.ssh` where the port or the content says which login, else `bruteforce.login`.
fn kind(talk: &Conversation, members: &[&Conversation]) -> String {
    let named = KINDS.iter().find(|row| row.0 == talk.port).map(|row| row.1);
    let is_login = members.iter().any(|talk| talk.signs.has(Sign::LOGIN));
    format!("bruteforce.{}", named.filter(|_| is_login || LOGIN_PORTS.contains(&talk.port)).unwrap_or("login"))
}

fn evidence(estate: &Estate, guessers: &[Guesser<'_>], shared: &[&Conversation]) -> Vec<(String, String)> {
    let most: Vec<String> = guessers
        .iter()
        .map(|guesser| {
            let pace = guesser.talk.span_s() / guesser.sessions.len() as u32;
            let (client, size) = (estate.text(guesser.talk.client), bytes(guesser.size as u64));
            format!("{client}: {} of about {size}, one every {}", guesser.sessions.len(), duration(pace.into()))
        })
        .collect();
    let mut rows = Vec::new();
    if !most.is_empty() {
        rows.push(row("sessions by source", some(&most)));
    }
    if !shared.is_empty() {
        rows.push(row("sources with two to nine sessions each, all alike", shared.len()));
    }
    rows
}
