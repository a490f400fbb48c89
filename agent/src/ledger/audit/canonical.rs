//! One way to write a JSON value, byte for byte (RFC 8785, JCS).
//!
//! What is hashed must be the same bytes whoever writes it, in whatever language: members sorted by
//! the UTF-16 code units of their names, no white space, strings escaped only where they must be.
//! Numbers are where implementations differ, so only integers that every JSON reader has exactly
//! are taken (RFC 7493: up to 2^53 - 1 on either side of zero); all others are refused.

use serde_json::Value;

/// The largest integer that is written.
pub const MOST: i64 = (1 << 53) - 1;

/// A number that has no form of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no integer within 2^53 - 1 of zero")]
pub struct NotCanonical(pub String);

/// The canonical bytes of a value.
pub fn canonical(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::with_capacity(1024);
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            let integer = number.as_i64().filter(|integer| (-MOST..=MOST).contains(integer));
            let integer = integer.ok_or_else(|| NotCanonical(number.to_string()))?;
            out.extend_from_slice(integer.to_string().as_bytes());
        }
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push(b'{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                string(name, out);
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            _ if byte < 0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{MOST, NotCanonical, canonical};
    use serde_json::{Value, json};

    fn of(text: &str) -> String {
        let value: Value = serde_json::from_str(text).expect("it is JSON");
        String::from_utf8(canonical(&value).expect("it has a form")).expect("it is UTF-8")
    }

    /// Section 3.2.2 of the RFC, without its numbers.
    #[test]
    fn strings_and_literals() {
        let text = r#"{
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"#;
        assert_eq!(of(text), r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
        assert_eq!(
            of(r#""\u0008\u0009\u000C\u000d\u001F\u007f""#),
            "\"\\b\\t\\f\\r\\u001f\u{7f}\""
        );
        assert_eq!(of(r#"[ [ ], { } , "" ]"#), r#"[[],{},""]"#);
    }

    /// Section 3.2.3 of the RFC: UTF-16 puts the emoji before the Hebrew letter, UTF-8 does not.
    #[test]
    fn members_are_sorted_by_utf16() {
        let text = r#"{
          "\u20ac": "Euro Sign",
          "\r": "Carriage Return",
          "\ufb33": "Hebrew Letter Dalet With Dagesh",
          "1": "One",
          "\ud83d\ude00": "Emoji: Grinning Face",
          "\u0080": "Control",
          "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#;
        assert_eq!(
            of(text),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
    }

    #[test]
    fn only_safe_integers() {
        let integers = "[0,-1,9007199254740991,-9007199254740991]";
        assert_eq!(of(integers), integers);
        for number in ["1.5", "1.0", "1e3", "-0.0", "9007199254740992", "18446744073709551615"] {
            let value: Value = serde_json::from_str(number).expect("it is JSON");
            assert!(canonical(&value).is_err(), "{number}");
        }
        assert_eq!(canonical(&json!(MOST + 1)), Err(NotCanonical((MOST + 1).to_string())));
    }
}
