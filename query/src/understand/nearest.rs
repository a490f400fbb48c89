//! What a name that is unknown was probably meant to be: near in spelling, or sharing its words.

use super::sentence::Word;
use crate::answer::Place;
use crate::asking::Asking;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Key;
use qf_graph::{Channel, words};

/// Most suggestions.
const MOST: usize = 5;

/// What is named nearest to the words.
pub fn near(asking: &Asking<'_>, words: &[Word]) -> Vec<Place> {
    let Some(word) = words.iter().find(|word| word.code).or_else(|| words.last()) else {
        return Vec::new();
    };
    let names: Vec<&str> = word
        .lower
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|part| !part.is_empty())
        .collect();
    let Some((last, qualifiers)) = names.split_last() else { return Vec::new() };
    let owner = qualifiers.last().copied();
    let allowed = allowance(last);
    let mut found: Vec<(u32, String)> = Vec::new();
    let stems: Vec<String> = asking.stems_of(&word.text);
    asking.snapshot.each_name(|name, _| {
        let plain = name.trim_start_matches('#');
        if let Some(cost) = cost(asking, plain, last, allowed, &stems) {
            found.push((cost, name.to_owned()));
        }
    });
    found.sort();
    found.dedup();
    let mut places: Vec<(u32, u32, Place)> = Vec::new();
    for (cost, name) in found.into_iter().take(40) {
        for symbol in asking.snapshot.named(&name).into_iter().take(200) {
            let kind = asking.snapshot.kind(symbol);
            if asking.snapshot.name(symbol) != name || kind == SymbolKind::Module {
                continue;
            }
            let parent = asking.snapshot.parent(symbol).map_or("", |p| asking.snapshot.name(p));
            let far = owner.map_or(0, |owner| {
                let parent = parent.to_lowercase();
                distance(owner, &parent, owner.len().max(parent.len())).unwrap_or(99) as u32
            });
            let test = u32::from(asking.snapshot.is_test(symbol)) * 2;
            places.push((cost * 2 + far + test, symbol.0, asking.place(symbol)));
        }
    }
    places.sort_by_key(|(cost, symbol, _)| (*cost, *symbol));
    let mut out: Vec<Place> = Vec::new();
    for (_, _, place) in places {
        if !out.iter().any(|known| known.name == place.name && known.repo == place.repo) {
            out.push(place);
        }
        if out.len() == MOST {
            break;
        }
    }
    out
}

/// The routes nearest to one that nothing has: those that share most segments of its path.
pub fn routes(asking: &Asking<'_>, asked: &str) -> Vec<Place> {
    let (method, path) = asked.split_once(' ').unwrap_or(("", asked));
    let segments = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let wanted = segments(path);
    let mut found: Vec<(usize, usize, &str, &Key)> = Vec::new();
    for key in asking.snapshot.keys().iter().filter(|key| key.channel == Channel::Http) {
        let (known, path) = key.text.split_once(' ').unwrap_or(("", key.text.as_str()));
        let parts = segments(path);
        let alike = |a: &str, b: &str| a == b || distance(a, b, allowance(a)).is_some();
        let hits = wanted.iter().filter(|want| parts.iter().any(|part| alike(want, part))).count();
        let misses = wanted.len().max(parts.len()) - hits.min(parts.len());
        let method = usize::from(!method.eq_ignore_ascii_case(known));
        if hits > 0 {
            found.push((misses, method * 2 + usize::from(!key.provides), &key.text, key));
        }
    }
    found.sort_by_key(|(misses, method, text, key)| (*misses, *method, *text, key.symbol));
    found.dedup_by_key(|(_, _, text, _)| *text);
    let place = |key: &Key| Place {
        name: key.text.clone(),
        kind: "route".to_owned(),
        line: key.line,
        ..asking.place_in(key.file)
    };
    found.into_iter().take(MOST).map(|(.., key)| place(key)).collect()
}

/// How many slips of the pen a name of this length may have.
fn allowance(name: &str) -> usize {
    match name.chars().count() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    }
}

fn cost(
    asking: &Asking<'_>,
    name: &str,
    last: &str,
    allowed: usize,
    stems: &[String],
) -> Option<u32> {
    if name.len().abs_diff(last.len()) <= allowed
        && let Some(slips) = distance(last, &name.to_lowercase(), allowed)
    {
        return Some(slips as u32);
    }
    let first = last.get(..3)?;
    let shares = name.len() >= 3
        && name.as_bytes().windows(3).any(|window| window.eq_ignore_ascii_case(first.as_bytes()));
    if !shares {
        return None;
    }
    let (mut shared, mut parts) = (0, 0);
    words::parts(name, |part| {
        parts += 1;
        shared += u32::from(stems.iter().any(|stem| *stem == asking.stems.stem(part)));
    });
    (shared > 0).then(|| 4 + parts - shared.min(parts))
}

/// Edit distance with swaps of neighbours (optimal string alignment), if at most `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        if row.iter().min().is_some_and(|least| *least > limit) {
            return None;
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().filter(|slips| *slips <= limit)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn slips_are_counted() {
        assert_eq!(distance("ledgr", "ledger", 3), Some(1));
        assert_eq!(distance("aplpy", "apply", 3), Some(1));
        assert_eq!(distance("apply", "banana", 3), None);
        assert_eq!(distance("", "ab", 3), Some(2));
    }
}
