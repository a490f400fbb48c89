//! The places in code that a text speaks of.
//!
//! Every language writes the frames of its stacks in its own way, compilers and test runners have
//! theirs, and people another. But all of them name a file and a line, and the name of a source
//! file ends with what its language is known by. So a text is looked through for those endings, and
//! what is around one says the rest ([`place`], [`function`]): one pass over the text, however long
//! its lines are, and no pattern that could try the same bytes again and again. What has no such
//! ending is not found: a `Makefile`, a host with its port.
//!
//! A path of a log is one of the machine that wrote it. Which file of the index it means is found
//! by the end of the path, and said only where that leaves one file ([`resolve`]).

mod function;
mod place;
mod resolve;

pub use resolve::resolve;

use std::ops::Range;

/// A place that a text speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Where in the text, from the path to the line.
    pub range: Range<usize>,
    /// The file as written, without a scheme and a host. Of Java and its like only its name.
    pub path: String,
    /// The class with its package, where frames have that instead of folders.
    pub class: Option<String>,
    /// The line, from 1.
    pub line: u32,
    /// The function as written, when one is named beside it.
    pub function: Option<String>,
}

/// What a place is in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// This.
    One(Found),
    /// One of several, which nothing tells apart; by path.
    Tie(Vec<Found>),
    /// No indexed file can be it, or none that is sure enough.
    Nothing,
}

/// A line of an indexed file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The repository.
    pub repository: String,
    /// The path in it.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The qualified name of the innermost definition around it.
    pub symbol: Option<String>,
}

/// Every place that a text speaks of, in order.
pub fn mentions(text: &str) -> Vec<Stated> {
    let mut found = Vec::new();
    // Nothing of a place belongs to the next.
    let mut floor = 0;
    for (dot, _) in text.match_indices('.') {
        if dot < floor {
            continue;
        }
        let Some(place) = place::around(text, dot, floor) else { continue };
        let (class, function) = function::beside(text, &place);
        floor = place.range.end;
        found.push(Stated {
            path: text[place.path.clone()].to_owned(),
            range: place.range,
            class,
            line: place.line,
            function,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `path:line`, class and function of every place.
    fn stated(text: &str) -> Vec<String> {
        let line = |it: Stated| {
            assert!(text[it.range.clone()].contains(&it.path), "{it:?}");
            let class = it.class.map_or_else(String::new, |class| format!(" of {class}"));
            let function = it.function.map_or_else(String::new, |name| format!(" in {name}"));
            format!("{}:{}{class}{function}", it.path, it.line)
        };
        mentions(text).into_iter().map(line).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(stated(text), expected, "{text}");
    }

    #[test]
    fn what_only_looks_like_a_place_is_none() {
        for text in [
            "listening on https://api.example.rs:443",
            "10.0.0.1:8080 connected",
            "version 1.2:3",
            "see README.md and main.py",
            "tests/test_a.py::test_pay FAILED",
            "main.pyc:12",
            "main.py:0",
            "main.py:12abc",
            ".py:12",
            "a . py:12",
            "app.log:12",
            "main.py:99999999999",
            "x.py(12",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn paths_end_where_they_end() {
        check("see (src/a.py:3), [b.rs:4] and `c.go:5`.", &["src/a.py:3", "b.rs:4", "c.go:5"]);
        check("file=src/a.py:3;b.py:4", &["src/a.py:3", "b.py:4"]);
        check("at x (app/(shop)/[id]/page.tsx:12:5)", &["app/(shop)/[id]/page.tsx:12 in x"]);
        check("a)b/c.py:1", &["b/c.py:1"]);
        check("node_modules/@acme/ui/a.js:1", &["node_modules/@acme/ui/a.js:1"]);
        check("/mod/chi/v5@v5.0.10/mux.go:4", &["/mod/chi/v5@v5.0.10/mux.go:4"]);
        check("pay@vendor.js:3", &["vendor.js:3"]);
        check("src/übung.py:7: SyntaxError", &["src/übung.py:7"]);
        check(r"C:\shop\Order.cs:12", &[r"C:\shop\Order.cs:12"]);
        check("x.test.tsx:3:1", &["x.test.tsx:3"]);
        check("src/a.ts#L12-L20", &["src/a.ts:12"]);
    }

    #[test]
    fn schemes_and_hosts_are_no_part_of_a_path() {
        check("pay@http://localhost:3000/static/pay.js:12:5", &["/static/pay.js:12"]);
        check("at https://shop.example/js/pay.js:12:5", &["/js/pay.js:12"]);
        check("at f (file:///srv/shop/pay.mjs:12:5)", &["///srv/shop/pay.mjs:12 in f"]);
        check("at f (webpack://shop/./src/pay.ts:12:5)", &["//shop/./src/pay.ts:12 in f"]);
        check("at f (webpack-internal:///./src/pay.ts:12:5)", &["///./src/pay.ts:12 in f"]);
        check("at f (http://localhost:5173/src/pay.ts?t=17:12:5)", &["/src/pay.ts:12 in f"]);
    }

    #[test]
    fn long_lines_take_their_time_only_once() {
        let noise = format!("{}.py:", "a/".repeat(100_000));
        check(&noise, &[]);
        let started = std::time::Instant::now();
        check(&"x.py".repeat(200_000), &[]);
        check(&"a.js?".repeat(100_000), &[]);
        check(&"(".repeat(500_000), &[]);
        // Many times what it takes, and a small part of what a square of it would.
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
    }
}
