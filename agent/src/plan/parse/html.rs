//! HTML in a plan, which Markdown lets through: what a page made of it shows to nobody must hold no
//! step. (CommonMark 0.31, HTML blocks and raw HTML)

/// Elements that can hold others. What is in one may be folded away, styled away or never shown.
const HOLDERS: [&str; 62] = [
    "a",
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "button",
    "canvas",
    "center",
    "code",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frameset",
    "header",
    "iframe",
    "li",
    "main",
    "map",
    "math",
    "menu",
    "nav",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "picture",
    "plaintext",
    "pre",
    "script",
    "section",
    "select",
    "span",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "video",
    "xmp",
];

/// What ends a part that a line begins and that no reader sees; none when it begins none.
pub(super) fn unseen(line: &str) -> Option<&'static str> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return None;
    }
    if text.starts_with("<!--") {
        Some("-->")
    } else if text.starts_with("<![CDATA[") {
        Some("]]>")
    } else if text.starts_with("<?") {
        Some("?>")
    } else if text
        .strip_prefix("<!")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        Some(">")
    } else {
        None
    }
}

/// The beginning or the end of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tag {
    Open(String),
    Close(String),
}

/// The tags of a line that have to do with what is shown; not those in code.
pub(super) fn tags(line: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['<', '`']) {
        let found = &rest[at..];
        if found.starts_with('`') {
            // Up to as many marks; where there are none, they are marks and no code.
            let marks = found.len() - found.trim_start_matches('`').len();
            let (fence, after) = found.split_at(marks);
            rest = after.find(fence).map_or(after, |end| &after[end + marks..]);
            continue;
        }
        let inner = &found[1..];
        let (closes, name) = inner.strip_prefix('/').map_or((false, inner), |name| (true, name));
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, after) = name.split_at(length);
        rest = after;
        let lower = name.to_ascii_lowercase();
        let ends = after.is_empty() || after.starts_with([' ', '\t', '>', '/']);
        if !ends || !HOLDERS.contains(&lower.as_str()) {
            continue;
        }
        let whole = after.split('>').next().unwrap_or_default();
        if closes {
            tags.push(Tag::Close(lower));
        } else if !(after.contains('>') && whole.ends_with('/')) {
            tags.push(Tag::Open(lower));
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::{HOLDERS, Tag, tags, unseen};

    #[test]
    fn tags_of_lines() {
        let open = |name: &str| Tag::Open(name.to_owned());
        let close = |name: &str| Tag::Close(name.to_owned());
        for (line, expected) in [
            ("<details>", vec![open("details")]),
            ("  <DIV hidden", vec![open("div")]),
            ("<p>one</p> two", vec![open("p"), close("p")]),
            ("<span/> <br> <img src=x>", vec![]),
            ("`<div>` and ``a ` <div>`` but <td>", vec![open("td")]),
            ("a ` b <div>", vec![open("div")]),
            ("Vec<T>, <https://a.org>, a < b, <divider>", vec![]),
        ] {
            assert_eq!(tags(line), expected, "{line}");
        }
        assert!(HOLDERS.is_sorted());
    }

    #[test]
    fn parts_that_nobody_sees() {
        assert_eq!(unseen(" <!-- x"), Some("-->"));
        assert_eq!(unseen("<?php"), Some("?>"));
        assert_eq!(unseen("<!DOCTYPE x"), Some(">"));
        assert_eq!(unseen("<![CDATA["), Some("]]>"));
        assert_eq!(unseen("    <!-- code"), None);
        assert_eq!(unseen("a <!-- b"), None);
    }
}
