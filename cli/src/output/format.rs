//! Numbers, times and texts as people read them.

use std::time::{SystemTime, UNIX_EPOCH};

/// `4812` → `4,812`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `96431` → `96k`, `1_250_000` → `1.2M`; small numbers as they are.
pub fn rough(number: u64) -> String {
    match number {
        0..10_000 => count(number),
        10_000..1_000_000 => format!("{}k", number / 1000),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}

/// Bytes as `61 MB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Share of a whole as `61%`; what is there but rounds to nothing is `<1%`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let percent = (part as f64 * 100.0 / whole as f64).round();
    if percent == 0.0 && part > 0 { "<1%".to_owned() } else { format!("{percent}%") }
}

/// A share of one with two digits: `.98`, `1.0`.
pub fn share(share: f32) -> String {
    match format!("{share:.2}") {
        whole if whole == "1.00" => "1.0".to_owned(),
        part => part.trim_start_matches('0').to_owned(),
    }
}

/// Seconds since `published` (seconds since 1970) as `4 s`, `12 min`, `3 h`, `5 days`.
pub fn age(published: u64) -> String {
    duration(age_seconds(published))
}

/// Whole seconds since `published`.
pub fn age_seconds(published: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    now.saturating_sub(published)
}

/// Seconds as `4 s`, `12 min`, `3 h`, `5 days`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `1 file`, `4,812 files`, `2 repositories`.
pub fn plural(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('y') && !noun.ends_with("ay") => {
            format!("{} {}ies", count(number), &noun[..noun.len() - 1])
        }
        _ if noun.ends_with("ch") || noun.ends_with("sh") || noun.ends_with('s') => {
            format!("{} {noun}es", count(number))
        }
        _ => format!("{} {noun}s", count(number)),
    }
}

/// At most `most` characters in one line.
pub fn shorten(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// At most `most` characters in one line, around the one at `focus`, which stays in sight with
/// what follows it.
pub fn shorten_around(text: &str, focus: usize, most: usize) -> String {
    const FOLLOWING: usize = 24;
    let head: String = text.chars().take(focus).collect();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words(text);
    let length = line.chars().count();
    let space = usize::from(head.ends_with(char::is_whitespace) && !head.trim().is_empty());
    let focus = words(&head).chars().count() + space;
    if length <= most || focus + FOLLOWING < most {
        return shorten(&line, most);
    }
    // From the end, when what follows fits; else so that it does.
    let room = most.saturating_sub(2).max(1);
    let start = (focus + FOLLOWING).min(length).saturating_sub(room).min(focus);
    let rest: String = line.chars().skip(start).collect();
    format!("…{}", shorten(&rest, most.saturating_sub(1)))
}

/// A name as it stands in a sentence: quoted where it has spaces, said to be missing where there
/// is none.
pub fn name(name: &str) -> String {
    if name.trim().is_empty() {
        "(no name)".to_owned()
    } else if name.contains(char::is_whitespace) {
        format!("\"{}\"", name.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, duration, name, percent, plural, rough, shorten, shorten_around};

    #[test]
    fn numbers() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(4_812), "4,812");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(rough(9_999), "9,999");
        assert_eq!(rough(96_431), "96k");
        assert_eq!(rough(1_250_000), "1.2M");
        assert_eq!(bytes(61_200_000), "61.2 MB");
        assert_eq!(percent(1, 1000), "<1%");
        assert_eq!(percent(0, 10), "0%");
        assert_eq!(percent(0, 0), "-");
        assert_eq!(percent(2, 3), "67%");
    }

    #[test]
    fn words() {
        assert_eq!(duration(4), "4 s");
        assert_eq!(duration(7_300), "2 h");
        assert_eq!(plural(1, "repository"), "1 repository");
        assert_eq!(plural(7, "repository"), "7 repositories");
        assert_eq!(plural(2, "match"), "2 matches");
        assert_eq!(shorten("a  b\n c", 80), "a b c");
        assert_eq!(shorten("abcdef", 4), "abc…");
    }

    #[test]
    fn what_matters_of_a_line_stays() {
        let line =
            "case one(s) &&  two(s) && three(s) && four(s) && !isCommandWithout(s[1:], flags):";
        let at = line.find("isCommandWithout").expect("it is there");
        for most in [30, 40, 60, 80, 200] {
            let short = shorten_around(line, at, most);
            assert!(short.contains("isCommandWithout(s"), "{most}: {short}");
            assert!(short.chars().count() <= most, "{most}: {short}");
        }
        assert_eq!(shorten_around(line, 5, 40), shorten(line, 40));
        assert_eq!(shorten_around("größer", 5, 80), "größer");
        assert_eq!(shorten_around("a b", 99, 2), "…b");
    }

    #[test]
    fn names_in_sentences() {
        assert_eq!(name("Ledger.apply"), "Ledger.apply");
        assert_eq!(name("from login"), "\"from login\"");
        assert_eq!(name(""), "(no name)");
    }
}
