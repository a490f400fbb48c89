//! How built-in types convert where arguments choose between methods.
//!
//! Primitive types widen to each other, every one has a class it is boxed into, and a few types
//! are so closed that what they are not can be said for certain: nothing but a text is a `String`.

use crate::languages::Conversion;

/// Primitive types in the order they widen; `char` goes to `int` and beyond.
const NUMBERS: [&str; 6] = ["byte", "short", "int", "long", "float", "double"];

/// The conversion from one built-in type to another.
pub(super) fn conversion(from: &str, to: &str) -> Conversion {
    if from == to {
        return Conversion::Same;
    }
    if from == "null" {
        return if is_primitive(to) { Conversion::Unrelated } else { Conversion::Widening };
    }
    match (is_primitive(from), is_primitive(to)) {
        (true, true) => widening(from, to),
        (true, false) => boxing(from, to),
        (false, true) => match unboxed(from) {
            Some(primitive) if primitive == to => Conversion::Boxing,
            Some(primitive) if widening(primitive, to) == Conversion::Widening => {
                Conversion::Boxing
            }
            _ => Conversion::Unrelated,
        },
        (false, false) => reference(from, to),
    }
}

fn is_primitive(name: &str) -> bool {
    matches!(name, "bool" | "char") || NUMBERS.contains(&name)
}

fn widening(from: &str, to: &str) -> Conversion {
    let place = |name: &str| NUMBERS.iter().position(|number| *number == name);
    let from = if from == "char" { Some(1) } else { place(from) };
    match (from, place(to)) {
        (Some(from), Some(to)) if from < to => Conversion::Widening,
        _ => Conversion::Unrelated,
    }
}

fn unboxed(name: &str) -> Option<&'static str> {
    Some(match name {
        "Integer" => "int",
        "Long" => "long",
        "Short" => "short",
        "Byte" => "byte",
        "Character" => "char",
        "Float" => "float",
        "Double" => "double",
        "Boolean" => "bool",
        _ => return None,
    })
}

/// A primitive becomes an instance of its class, or of what is above that.
fn boxing(from: &str, to: &str) -> Conversion {
    let number = NUMBERS.contains(&from);
    match to {
        "Object" | "Comparable" => Conversion::Boxing,
        "Number" if number => Conversion::Boxing,
        to if unboxed(to) == Some(from) => Conversion::Boxing,
        _ => Conversion::Unrelated,
    }
}

/// Types that nothing of another name belongs to.
fn is_final(name: &str) -> bool {
    matches!(name, "str" | "Class" | "list" | "StringBuilder" | "Optional")
        || unboxed(name).is_some()
}

/// Interfaces of `java.lang` that texts and numbers implement.
fn implements(name: &str, interface: &str) -> bool {
    match interface {
        "Object" => true,
        "CharSequence" => matches!(name, "str" | "StringBuilder"),
        "Appendable" => name == "StringBuilder",
        "Comparable" => name == "str" || unboxed(name).is_some(),
        "Cloneable" => name == "list",
        "Number" => unboxed(name).is_some_and(|primitive| NUMBERS.contains(&primitive)),
        _ => false,
    }
}

fn reference(from: &str, to: &str) -> Conversion {
    match (from, to) {
        _ if implements(from, to) => Conversion::Widening,
        ("Object", _) => Conversion::Unrelated,
        // `java.lang.reflect.Type` and `java.io.Serializable` are above these and not built in.
        ("Class" | "List" | "Set" | "Map" | "Throwable", "class") => Conversion::Open,
        ("List" | "Set", "Map") | ("Map", "List" | "Set") => Conversion::Unrelated,
        _ if is_final(from) || is_final(to) => Conversion::Unrelated,
        _ => Conversion::Open,
    }
}

/// Readers and writers of `java.io`; other libraries call things so that are none.
const READERS_AND_WRITERS: [&str; 17] = [
    "BufferedReader",
    "BufferedWriter",
    "CharArrayReader",
    "CharArrayWriter",
    "FileReader",
    "FileWriter",
    "FilterReader",
    "FilterWriter",
    "InputStreamReader",
    "LineNumberReader",
    "OutputStreamWriter",
    "PipedReader",
    "PipedWriter",
    "PrintWriter",
    "PushbackReader",
    "StringReader",
    "StringWriter",
];

/// Whether a class of the standard library is known to extend another.
pub(super) fn is_kind_of(from: &str, to: &str) -> bool {
    match to {
        "InputStream" | "OutputStream" => from.ends_with(to) && !from.starts_with("Image"),
        "Reader" | "Writer" => READERS_AND_WRITERS.contains(&from) && from.ends_with(to),
        "Exception" => from.ends_with(to),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::conversion;
    use crate::languages::Conversion::{Boxing, Open, Same, Unrelated, Widening};

    #[test]
    fn built_in_types_convert_as_the_language_says() {
        for (from, to, expected) in [
            ("int", "int", Same),
            ("int", "long", Widening),
            ("char", "int", Widening),
            ("char", "short", Unrelated),
            ("long", "int", Unrelated),
            ("long", "double", Widening),
            ("int", "Integer", Boxing),
            ("int", "Number", Boxing),
            ("int", "Long", Unrelated),
            ("Integer", "long", Boxing),
            ("Integer", "Number", Widening),
            ("bool", "Boolean", Boxing),
            ("null", "str", Widening),
            ("null", "int", Unrelated),
            ("str", "Object", Widening),
            ("str", "CharSequence", Widening),
            ("str", "class", Unrelated),
            ("StringBuilder", "Appendable", Widening),
            ("list", "Object", Widening),
            ("class", "str", Unrelated),
            ("class", "Number", Open),
            ("Class", "class", Open),
        ] {
            assert_eq!(conversion(from, to), expected, "{from} to {to}");
        }
    }
}
