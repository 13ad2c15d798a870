//! What the page must never do.

use super::*;
use crate::render::sample;

/// Walks the tags of a page, returns every tag with its attributes; panics where one is not closed in its turn.
fn tags(page: &str) -> Vec<String> {
    let (mut open, mut seen, mut rest) = (Vec::new(), Vec::new(), page);
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()), "</{name}> closes another");
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default().to_owned();
        seen.push(tag.to_owned());
        if name == "script" || name == "style" {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).expect("it is closed") + close.len()..];
        } else if !["meta", "input"].contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    seen
}

#[test]
fn every_element_is_closed_in_its_turn() {
    for summary in [sample::story(), sample::hostile(), sample::single(), Summary::default()] {
        assert!(tags(&html(&summary)).len() > 50);
    }
}

#[test]
fn names_from_logs_are_never_markup() {
    let page = html(&sample::hostile());
    let told = html(&sample::story());
    let scripts = |page: &str| tags(page).into_iter().filter(|tag| tag.starts_with("script")).count();
    assert_eq!((scripts(&page), scripts(&told)), (2, 2), "the data and ours");
    for tag in tags(&page) {
        let outside: String = tag.split('"').step_by(2).collect();
        assert!(!outside.contains(" on"), "no event handler: {tag}");
        assert!(!tag.contains("javascript:"), "{tag}");
        assert!(!tag.contains(" style="), "the policy allows none: {tag}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;onmouseover="), "it is shown as text");
    assert!(page.chars().all(|character| character == '\n' || !character.is_control()), "no control character");
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn the_page_needs_nobody_and_says_so() {
    let page = html(&sample::story());
    assert!(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
    for tag in tags(&page) {
        assert!(!tag.contains(" src="), "{tag}");
        assert!(!tag.starts_with("link") && !tag.starts_with("img") && !tag.starts_with("iframe"), "{tag}");
        let is_outward = tag.contains("href=\"")
            && !tag.contains("href=\"#")
            && !tag.contains("href=\"https://attack.mitre.org/techniques/T");
        assert!(!is_outward, "{tag}");
    }
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "XMLHttpRequest"]
    {
        assert!(!SCRIPT.contains(word), "{word}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
}

#[test]
fn the_data_are_the_report() {
    let summary = sample::hostile();
    let page = html(&summary);
    let (_, data) = page.split_once("id=\"report-data\">").expect("the data");
    let (data, _) = data.split_once("</script>").expect("their end");
    let back: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(back, serde_json::to_value(&summary).expect("JSON"));
}

#[test]
fn links_within_the_page_have_a_target_and_ids_are_unique() {
    for summary in [sample::story(), Summary::default()] {
        check_links(&tags(&html(&summary)));
    }
}

fn check_links(all: &[String]) {
    let values = |mark: &str| -> Vec<String> {
        all.iter()
            .filter_map(|tag| tag.split_once(mark))
            .filter_map(|(_, rest)| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    };
    let ids = values(" id=\"");
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "twice: {id}");
    }
    for target in values("href=\"#") {
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn it_reads_without_a_script() {
    let page = html(&sample::story());
    for needle in [
        "guessed its way into SSH",
        "4,812 in 87 min",
        "fathom query",
        "▲ critical",
        "<path class=\"fill\"",
        "orders-db-primary",
        "T1110.001 Password Guessing",
    ] {
        assert!(page.contains(needle), "{needle}");
    }
    assert!(html(&Summary::default()).contains("No flow records to report on."));
}
