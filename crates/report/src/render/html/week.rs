//! A profile's hours: a row a day, a cell an hour.

use super::markup::Markup;
use crate::render::units;
use crate::render::week::{self, HOURS};
use crate::summary::{Profile, ProfileHour};

const HEAT: [&str; 7] = ["heat0", "heat1", "heat2", "heat3", "heat4", "heat5", "heat6"];

/// Draws the days.
pub(super) fn draw(page: &mut Markup, profile: &Profile) {
    let days = week::days(profile);
    if days.is_empty() {
        return;
    }
    let peak = week::peak(profile, |hour| hour.sent);
    page.element("div", &[("class", "block"), ("id", "hours")], |page| {
        page.leaf("h3", &[("id", "hours-title")], "Its hours");
        let note = format!(
            "Darker is more bytes sent in an hour (UTC), {} at most; ! departs from what is usual.",
            units::bytes(peak)
        );
        page.leaf("p", &[("class", "note")], &note);
        page.element("table", &[("class", "matrix week"), ("aria-labelledby", "hours-title")], |page| {
            page.element("thead", &[], |page| page.element("tr", &[], head));
            page.element("tbody", &[], |page| {
                for day in &days {
                    page.element("tr", &[], |page| {
                        page.leaf("th", &[("scope", "row")], &day.label);
                        for hour in day.hours {
                            cell(page, hour, peak);
                        }
                        page.leaf("td", &[("class", "sum")], &units::bytes(day.total(|hour| hour.sent)));
                    });
                }
            });
        });
    });
}

fn head(page: &mut Markup) {
    page.leaf("td", &[("class", "corner")], "");
    for hour in 0..HOURS {
        let label = if hour % 3 == 0 { format!("{hour:02}") } else { String::new() };
        page.leaf("th", &[("scope", "col")], &label);
    }
    page.leaf("th", &[("scope", "col")], "sent");
}

fn cell(page: &mut Markup, hour: Option<&ProfileHour>, peak: u64) {
    let Some(hour) = hour else {
        page.leaf("td", &[("class", "none")], "");
        return;
    };
    let heat = HEAT[week::level(hour.sent, peak, HEAT.len() - 1)];
    let at = units::Moment::parse(&hour.hour).map_or(String::new(), units::Moment::clock);
    let title = format!("{at}: {}", week::in_words(hour));
    let (class, mark) = if hour.is_unusual { (format!("{heat} odd"), "!") } else { (heat.to_owned(), "") };
    page.leaf("td", &[("class", &class), ("title", &title)], mark);
}
