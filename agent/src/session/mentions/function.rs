//! The function that is named beside a place, in the manner of each language.

use super::place::Place;

/// Bytes around a place that are looked at.
const LOOKED_AT: usize = 512;
/// Bytes that the name of a function may have.
const MOST_NAME: usize = 200;

/// The class and the function of a place.
pub fn beside(text: &str, place: &Place) -> (Option<String>, Option<String>) {
    let before = line_before(text, place.range.start);
    let after = line_after(text, place.range.end);
    if matches!(place.ending, "java" | "kt" | "kts" | "scala" | "groovy" | "clj")
        && let Some((class, function)) = of_the_jvm(before)
    {
        return (Some(class.to_owned()), Some(function.to_owned()));
    }
    let function = behind(after, place.ending)
        .or_else(|| in_front(before))
        .or_else(|| above(text, place, before, after));
    let function = function.filter(|name| !name.is_empty() && name.len() <= MOST_NAME);
    (None, function.map(str::to_owned))
}

/// The end of what stands before a place in its line.
fn line_before(text: &str, at: usize) -> &str {
    let low = (at.saturating_sub(LOOKED_AT)..=at).find(|low| text.is_char_boundary(*low));
    let before = &text[low.unwrap_or(at)..at];
    before.rfind('\n').map_or(before, |end| &before[end + 1..])
}

/// The beginning of what stands behind a place in its line.
fn line_after(text: &str, at: usize) -> &str {
    let high = text.len().min(at + LOOKED_AT);
    let high = (at..=high).rfind(|high| text.is_char_boundary(*high));
    let after = &text[at..high.unwrap_or(at)];
    after.find('\n').map_or(after, |end| &after[..end]).trim_end()
}

/// `at java.base/com.shop.Order.pay(`: the class and the function.
fn of_the_jvm(before: &str) -> Option<(&str, &str)> {
    let before = before.strip_suffix('(')?;
    let part = |c: char| c.is_alphanumeric() || "_$.<>/@-".contains(c);
    let name = &before[before.trim_end_matches(part).len()..];
    // Before a slash are the loader and the module.
    let name = name.rsplit('/').next()?;
    name.rsplit_once('.').filter(|(class, function)| !class.is_empty() && !function.is_empty())
}

/// Behind the place: `, in pay`, `:in 'pay'`, `: in function 'pay'`, `: Order->pay(`.
fn behind<'t>(after: &'t str, ending: &str) -> Option<&'t str> {
    if let Some(name) = after.strip_prefix(", in ") {
        return Some(name);
    }
    if let Some(quoted) = after.strip_prefix(":in ").or(after.strip_prefix(": in function ")) {
        let name = quoted.trim_start_matches(['`', '\'', '<']);
        return name.find(['\'', '>']).map(|end| &name[..end]);
    }
    let name = after.strip_prefix(": ")?;
    let end = match ending {
        "php" | "phtml" => name.find('(')?,
        "ex" | "exs" | "erl" => name.find('/')?,
        _ => return None,
    };
    Some(&name[..end]).filter(|name| !name.contains(char::is_whitespace))
}

/// Before the place: `at async Order.pay (`, `#0  Order.pay (package:`, or a call with its arguments
/// and then `in` or `at`: `at Order.Pay(String id) in`, `#1 0x0 in pay (id=1) at`.
fn in_front(before: &str) -> Option<&str> {
    let called = match before.strip_suffix(" in ").or(before.strip_suffix(" at ")) {
        Some(called) if called.ends_with(')') => &called[..called.find('(')?],
        Some(_) => return None,
        None => {
            // Between the bracket and the path there may be a scheme and a host.
            let scheme = |c: char| c.is_ascii_alphanumeric() || "+-.:/_@".contains(c);
            before.trim_end_matches(scheme).strip_suffix('(')?.strip_suffix(' ')?
        }
    };
    let called = called.split(" [as ").next()?.trim_end();
    let name = called.rsplit(char::is_whitespace).next()?;
    // A word of a sentence is no function: those begin with what says that they are frames.
    let first = called.trim_start();
    (first.starts_with("at ") || first.starts_with('#')).then_some(name)
}

/// In the line above, where Go and Rust write it.
fn above<'t>(text: &'t str, place: &Place, before: &str, after: &str) -> Option<&'t str> {
    let line = place.range.start.checked_sub(before.len() + 1)?;
    if text.as_bytes().get(line) != Some(&b'\n') {
        return None;
    }
    let above = line_before(text, line).trim();
    match place.ending {
        "go" if before.trim().is_empty() && (after.is_empty() || after.starts_with(" +0x")) => {
            if let Some(created) = above.strip_prefix("created by ") {
                return created.split(" in goroutine ").next();
            }
            let call = above.strip_suffix(')')?;
            let name = &call[..call.rfind('(')?];
            (!name.contains(char::is_whitespace)).then_some(name)
        }
        "rs" if before.trim() == "at" => {
            let (number, name) = above.split_once(": ")?;
            number.parse::<u32>().ok()?;
            // The compiler adds a hash to some.
            let is_hash =
                |hash: &str| hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit());
            match name.rsplit_once("::h") {
                Some((name, hash)) if is_hash(hash) => Some(name),
                _ => Some(name),
            }
        }
        _ => None,
    }
}
