//! Just enough XML for manifests: elements, attributes and text.

/// One element.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Element {
    /// Name without a namespace prefix.
    pub name: String,
    /// Attributes in order.
    pub attributes: Vec<(String, String)>,
    /// Text directly inside, trimmed.
    pub text: String,
    /// Elements inside.
    pub children: Vec<Element>,
    /// Byte offset of the name.
    pub at: usize,
}

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Children of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of the first child of this name; empty when there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// An attribute's value; empty when there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.as_str())
    }
}

/// The root element of a text, as far as it can be read.
pub fn parse(text: &str) -> Option<Element> {
    let mut open: Vec<Element> = vec![Element::default()];
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        if let Some(element) = open.last_mut() {
            let inside = text[at..start].trim();
            if !inside.is_empty() {
                element.text.push_str(&unescape(inside));
            }
        }
        let rest = &text[start..];
        let special = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];
        if let Some((mark, close)) = special.iter().find(|(mark, _)| rest.starts_with(mark)) {
            let end = rest.find(close).map_or(text.len(), |end| start + end + close.len());
            if *mark == "<![CDATA[" {
                let inner = text.get(start + mark.len()..end.saturating_sub(close.len()));
                if let (Some(element), Some(inner)) = (open.last_mut(), inner) {
                    element.text.push_str(inner.trim());
                }
            }
            at = end;
            continue;
        }
        let Some(end) = tag_end(rest) else { break };
        let tag = &rest[1..end];
        at = start + end + 1;
        if tag.starts_with('/') {
            close(&mut open);
        } else {
            open.push(element(tag, start + 1));
            if tag.ends_with('/') || open.len() > 200 {
                close(&mut open);
            }
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop()?.children.into_iter().next()
}

/// Ends the innermost element.
fn close(open: &mut Vec<Element>) {
    if open.len() > 1
        && let (Some(child), Some(parent)) = (open.pop(), open.last_mut())
    {
        parent.children.push(child);
    }
}

/// Position of the `>` that ends a tag, quotes respected.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    None
}

fn element(tag: &str, at: usize) -> Element {
    let tag = tag.trim_end_matches('/');
    let name_end = tag.find(char::is_whitespace).unwrap_or(tag.len());
    let name = &tag[..name_end];
    let name = name.rsplit(':').next().unwrap_or(name).to_owned();
    let mut attributes = Vec::new();
    let mut rest = &tag[name_end..];
    while let Some(equals) = rest.find('=') {
        let key = rest[..equals].trim();
        let value = rest[equals + 1..].trim_start();
        let Some(quote) = value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            break;
        };
        let Some(end) = value[1..].find(quote) else { break };
        attributes.push((key.to_owned(), unescape(&value[1..=end])));
        rest = &value[end + 2..];
    }
    Element { name, attributes, at, ..Element::default() }
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn elements_attributes_and_text() {
        let text =
            "<?xml version='1.0'?><!-- <x> --><a:b c=\"1 > 0\" d='2'><e/>t &amp; u<f>g</f></a:b>";
        let root = parse(text).expect("there is a root");
        assert_eq!((root.name.as_str(), root.text.as_str()), ("b", "t & u"));
        assert_eq!((root.attribute("c"), root.attribute("d")), ("1 > 0", "2"));
        assert_eq!(root.text_of("f"), "g");
        for end in 0..text.len() {
            let _ = parse(&text[..end]);
        }
    }
}
