//! Words that can only be macros, by where they stand.
//!
//! A word may be a macro when it is in capitals or begins with two underscores (`__init`), as the
//! C library's and the kernel's do; which it is follows from its neighbours: a type is followed by
//! one name, an attribute by a type or a keyword. Where no other word can stand (`static word int`)
//! a macro may be called anything.

use super::Masking;
use super::tokens::Kind;

/// What begins a declaration or goes on with one, and is no name.
pub(super) const DECLARES: [&str; 31] = [
    "alignas",
    "auto",
    "bool",
    "char",
    "class",
    "consteval",
    "constexpr",
    "constinit",
    "double",
    "enum",
    "explicit",
    "extern",
    "float",
    "friend",
    "inline",
    "int",
    "long",
    "mutable",
    "operator",
    "register",
    "short",
    "signed",
    "static",
    "struct",
    "template",
    "typedef",
    "typename",
    "union",
    "unsigned",
    "virtual",
    "void",
];
/// What may stand before the attribute of a declaration.
pub(super) const SPECIFIES: [&str; 10] = [
    "consteval",
    "constexpr",
    "explicit",
    "extern",
    "friend",
    "inline",
    "mutable",
    "register",
    "static",
    "virtual",
];
/// Words of which a type may end.
pub(super) const TYPES: [&str; 11] = [
    "auto", "bool", "char", "const", "double", "float", "int", "long", "short", "unsigned", "void",
];
/// Macros that take types for arguments.
const TAKE_TYPES: [&str; 13] = [
    "clamp_t",
    "container_of",
    "hlist_entry",
    "list_entry",
    "list_first_entry",
    "list_first_entry_or_null",
    "list_last_entry",
    "max_t",
    "min_t",
    "offsetofend",
    "rb_entry",
    "sizeof_field",
    "va_arg",
];
/// Words that are neither names nor types.
pub(super) const CONTROLS: [&str; 28] = [
    "and",
    "break",
    "case",
    "catch",
    "co_await",
    "co_return",
    "co_yield",
    "continue",
    "default",
    "delete",
    "do",
    "else",
    "for",
    "goto",
    "if",
    "namespace",
    "new",
    "not",
    "or",
    "private",
    "protected",
    "public",
    "return",
    "sizeof",
    "switch",
    "throw",
    "using",
    "while",
];
/// What compilers know that begins with two underscores.
const KNOWN: [&str; 29] = [
    "__alignof",
    "__alignof__",
    "__asm",
    "__asm__",
    "__attribute",
    "__attribute__",
    "__based",
    "__cdecl",
    "__clrcall",
    "__const",
    "__declspec",
    "__except",
    "__extension__",
    "__fastcall",
    "__finally",
    "__forceinline",
    "__inline",
    "__inline__",
    "__int128",
    "__leave",
    "__restrict",
    "__restrict__",
    "__stdcall",
    "__thiscall",
    "__try",
    "__typeof",
    "__typeof__",
    "__unaligned",
    "__vectorcall",
];

impl Masking<'_> {
    pub(super) fn words(&mut self) {
        let mut header = None;
        for at in 0..self.tokens.len() {
            if self.hidden[at] {
                continue;
            }
            match (self.word(at), header) {
                (Some("template"), _) if self.is(at + 1, b'<') => header = self.header_end(at + 1),
                (_, Some(end)) if at == end => {
                    self.header_ends.push(at);
                    header = None;
                }
                (Some(_), _) if self.joins_texts(at) => self.hide(at, at + 1),
                (Some(word), _) if TAKE_TYPES.contains(&word) => self.arguments(at + 1),
                (Some(_), None) if self.specifies(at) => self.hide(at, at + 1),
                (Some(word), _) if may_be_macro(word) => self.look(at, header.is_some()),
                _ => {}
            }
            if !self.hidden[at] {
                self.before = Some(at);
            }
        }
    }

    /// `static word int x`, `word unsigned x;`, `static word type x`: whatever it is called.
    fn specifies(&self, at: usize) -> bool {
        let before = self.before;
        let specified = before.is_some_and(|it| SPECIFIES.contains(&self.text(it)));
        let begins = before.is_none_or(|before| self.is_boundary(before));
        let of_type = self.word(at + 1).is_some_and(|word| TYPES.contains(&word));
        let of_name = specified && self.is_name(at + 1) && self.is_name(at + 2);
        let known = self.word(at).is_some_and(|word| KNOWN.contains(&word));
        begins
            && self.is_name(at)
            && !known
            && (of_type && self.word(at + 1) != Some("const") || of_name)
    }

    /// Blanks types among the arguments of a macro that takes some: `va_arg(list, char *)`.
    fn arguments(&mut self, open: usize) {
        let Some(close) = Some(open).filter(|at| self.is(*at, b'(')).and_then(|it| self.closed(it))
        else {
            return;
        };
        let mut start = open + 1;
        for at in open + 1..=close {
            if at < close && !self.is(at, b',') {
                continue;
            }
            let first = self.word(start);
            let keyword = first.is_some_and(|word| {
                TYPES.contains(&word) || matches!(word, "struct" | "union" | "enum" | "signed")
            });
            if start < at && (keyword || self.is(at - 1, b'*')) {
                self.replace(start, at, "0");
                self.hidden[start..at].fill(true);
            }
            start = at + 1;
        }
    }

    /// `"%" PRIu64 "\n"`: a text by another name among texts.
    fn joins_texts(&self, at: usize) -> bool {
        let is_text = |at: usize| self.text(at).starts_with('"');
        let format = self.text(at).starts_with("PRI") || self.text(at).starts_with("SCN");
        at > 0
            && is_text(at - 1)
            && (is_text(at + 1) || format && (self.is(at + 1, b')') || self.is(at + 1, b',')))
    }

    /// Blanks the word at `at` where it can only be a macro.
    fn look(&mut self, at: usize, in_header: bool) {
        let behind = self.behind(at);
        let has_arguments = behind > at + 1;
        // More of its kind may follow.
        let next = self.behind_macros(behind);
        let before = self.before;
        let begins = before.is_none_or(|before| self.is_boundary(before));
        if in_header {
            // `template <typename T, LIB_ENABLE_IF(…)>`: a parameter without a name.
            let parted = before.is_some_and(|it| self.is(it, b',') || self.is(it, b'<'));
            if has_arguments && parted && (self.is(behind, b'>') || self.is(behind, b',')) {
                self.replace(at, behind, "int");
            }
        } else if self.heads_class(before, next)
            || self.is_specifier(at, before, begins, next)
            || begins && self.types_a_name(behind, has_arguments)
            || begins && self.stands_alone(at, behind) && !has_arguments
            || begins && self.heads_constructor(before, behind)
            || self.is_between(at, before, next)
            || self.trails(at, before, next, has_arguments)
        {
            self.hide(at, behind);
        } else if begins && self.stands_alone(at, behind) {
            // What a template header stands before is no statement.
            if before.is_some_and(|it| self.is(it, b'>')) {
                self.hide(at, behind);
            } else if !self.begins_function(behind) {
                self.end_statement(behind);
            }
        } else if before.is_some_and(|it| self.word(it) == Some("if")) && has_arguments {
            // `if LIB_CONSTEXPR (…) {`.
            self.hide(at, at + 1);
        } else if begins && self.is(at + 1, b':') && self.is_access(at) {
            self.replace(at, at + 1, "public");
        }
    }

    /// `LIB_CONSTEXPR Name(int x) : x_(x) {`, `explicit LIB_CONSTEXPR Name(int x)`.
    fn heads_constructor(&self, before: Option<usize>, at: usize) -> bool {
        let mut end = self.behind(at);
        if !self.is_name(at) || end == at + 1 {
            return false;
        }
        if self.word(end) == Some("noexcept") {
            end = self.behind(end);
        }
        before.is_some_and(|it| self.word(it) == Some("explicit"))
            || self.is(end, b':') && !self.is(end + 1, b':')
    }

    /// `LIB_PRIVATE_UNLESS_TESTED:`, `Q_SIGNALS:`.
    fn is_access(&self, at: usize) -> bool {
        let text = self.text(at);
        text.contains('_')
            && ["PRIVATE", "PROTECTED", "PUBLIC", "SIGNALS"].iter().any(|it| text.contains(it))
    }

    /// `class LIB_API Name :`, `struct LIB_PACKED(4) Name {`.
    fn heads_class(&self, before: Option<usize>, next: usize) -> bool {
        let head = before.and_then(|it| self.word(it));
        let applied = Some(next + 1).filter(|at| self.is(*at, b'<'));
        let behind = applied.and_then(|at| self.header_end(at)).map_or(next + 1, |end| end + 1);
        matches!(head, Some("class" | "struct" | "union" | "enum"))
            && self.is_name(next)
            && (self.is(behind, b'{')
                || self.is(behind, b':') && !self.is(behind + 1, b':')
                || self.word(behind) == Some("final"))
    }

    /// `LIB_INLINE static`, `static __always_inline void`.
    fn is_specifier(&self, at: usize, before: Option<usize>, begins: bool, next: usize) -> bool {
        // `VEC operator+(…)` and `UINT inline f()` have types.
        let declares = |at: usize| match self.word(at) {
            Some("operator") => self.word(at + 1).is_some(),
            Some("inline") => self.text(at - 1).contains('_') || self.is(at - 1, b')'),
            Some(word) => DECLARES.contains(&word),
            None => false,
        };
        let far = self.word(next) == Some("const") && declares(next + 1);
        let of_type = before.and_then(|it| self.word(it)).is_some_and(|it| TYPES.contains(&it));
        (begins || of_type && is_reserved(self.text(at)))
            && (declares(next) || far || self.is(next, b'~'))
    }

    /// `LIB_BEGIN_NAMESPACE`, `LIB_DECLARE(name, …)` with neither semicolon nor body.
    fn stands_alone(&self, at: usize, behind: usize) -> bool {
        if !self.tokens[at].first || !self.tokens[behind - 1].last {
            return false;
        }
        let opened = self.before.is_some_and(|it| self.is(it, b'{'));
        match self.tokens.get(behind).map(|token| token.kind) {
            // The one item of a list.
            Some(Kind::Sign(b'}')) => !opened,
            Some(Kind::Sign(sign)) => matches!(sign, b'~' | b'['),
            Some(Kind::Word) | None => true,
            Some(Kind::Value) => false,
        }
    }

    /// Whether a name and parameters stand there, with a body, or with types as only declarations have
    /// them.
    fn begins_function(&self, at: usize) -> bool {
        let closed = self.behind(at);
        let typed = || {
            let inside = at + 2..closed.saturating_sub(1);
            let words = |at: usize| self.is_name(at) && self.is_name(at + 1);
            inside.is_empty()
                || inside.clone().any(|at| words(at) || self.is(at, b'*'))
                || self.word(at + 2) == Some("void")
        };
        self.is_name(at)
            && closed > at + 1
            && (self.is(closed, b'{') || self.is(closed, b';') && typed())
    }

    /// `LIB_EXPORT const Status* Open(`, `LIB_INIT std::atomic<int> count{`: a type, then a name.
    fn types_a_name(&self, mut at: usize, has_arguments: bool) -> bool {
        while self.word(at) == Some("const") {
            at += 1;
        }
        let macros = self.word(at).is_some_and(may_be_macro) && !has_arguments;
        let Some(mut at) = self.behind_type(at).filter(|_| !macros) else { return false };
        while self.is(at, b'*') || self.is(at, b'&') || self.word(at) == Some("const") {
            at += 1;
        }
        let is_operator = self.word(at) == Some("operator");
        let Some(end) = self.behind_qualified(at) else { return is_operator };
        [b'(', b'=', b';', b'{', b'['].iter().any(|sign| self.is(end, *sign))
    }

    /// `void WINAPI f(`, `int __init f(`, `void __user *p`.
    fn is_between(&self, at: usize, before: Option<usize>, next: usize) -> bool {
        let Some(before) = before.filter(|_| self.behind(at) == at + 1) else { return false };
        let of_type = self.is_type_word(before);
        let pointed = self.is(before, b'*') || self.is(before, b'&');
        let is_function = self.is_name(next)
            && (self.is(next + 1, b'(') || self.is(next + 1, b':') && self.is(next + 2, b':'));
        let marked = is_reserved(self.text(at));
        (of_type || pointed) && is_function
            || marked && of_type && (self.is_name(next) || self.is(next, b'*'))
            || marked && pointed && self.is_name(next)
    }

    /// `f() LIB_NOEXCEPT {`, `f() const LIB_PURE;`, `int x LIB_GUARDED_BY(lock);`.
    fn trails(&self, at: usize, before: Option<usize>, next: usize, has_arguments: bool) -> bool {
        let Some(before) = before else { return false };
        let ends = self.is(next, b'{')
            || matches!(self.word(next), Some("const" | "override" | "final" | "noexcept"))
            || self.is(next, b'-') && self.is(next + 1, b'>');
        if self.is(before, b')') {
            let head = self.opened(before).and_then(|open| open.checked_sub(1));
            let is_operator = |head: usize| {
                (head.saturating_sub(3)..=head).any(|at| self.word(at) == Some("operator"))
            };
            let is_head =
                |head: &usize| self.is_name(*head) || self.is(*head, b')') || is_operator(*head);
            let Some(head) = head.filter(is_head) else { return false };
            // `EACH(x) f(y);` is a statement, `void f(x) LIB_PURE(y);` is none.
            let declared = head.checked_sub(1).is_some_and(|at| self.ends_type(at));
            let stops = self.is(next, b';') && (declared || !has_arguments);
            let initializes = self.is(next, b':') && !self.is(next + 1, b':') && has_arguments;
            return ends || stops || initializes;
        }
        let after = self.word(before);
        if matches!(after, Some("const" | "override" | "final" | "noexcept")) {
            return ends || self.is(next, b';') || self.is(next, b'=');
        }
        // A name has its type before it; of a parameter `const Name` is only the type.
        let named = (self.is_name(before) || self.is(before, b']'))
            && self.text(at).contains('_')
            && self.element(before).checked_sub(1).is_some_and(|at| {
                self.ends_type(at) && (has_arguments || self.word(at) != Some("const"))
            });
        let ends = if has_arguments { [b';', b'='] } else { [b')', b','] };
        named && ends.iter().any(|sign| self.is(next, *sign))
    }

    /// The name of what ends there: itself, or that of an array of a constant length.
    fn element(&self, at: usize) -> usize {
        let open = (at.saturating_sub(12)..at).rev().find(|it| self.is(*it, b'['));
        match open.filter(|_| self.is(at, b']')) {
            Some(open) => open.saturating_sub(1),
            None => at,
        }
    }

    fn ends_type(&self, at: usize) -> bool {
        self.is_type_word(at) || [b'*', b'&', b'>'].iter().any(|sign| self.is(at, *sign))
    }
}

/// Whether a word looks like a macro: `LIB_API`, `__init`.
pub(super) fn may_be_macro(word: &str) -> bool {
    let bytes = word.as_bytes();
    let capitals = bytes.len() >= 3
        && bytes[0].is_ascii_uppercase()
        && bytes.iter().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || *it == b'_');
    capitals || is_reserved(word)
}

/// Whether a word begins as those of implementations do, and compilers do not know it.
fn is_reserved(word: &str) -> bool {
    word.starts_with("__") && !word.starts_with("__builtin") && !KNOWN.contains(&word)
}
