//! What the grammars of C and C++ cannot read, made invisible to them.
//!
//! `class LIB_API Name : Base {`, `LIB_BEGIN_NAMESPACE`, `LIB_INLINE void f() LIB_NOEXCEPT {` are no C
//! before the preprocessor has run, and what the preprocessor would do depends on headers and flags
//! that an index does not have. A grammar's recovery from such an error can cost a whole class. So a
//! text with errors is read again with what can only be the preprocessor's blanked: words that are
//! macros by where they stand ([`words`]), and directives that cut declarations and statements into
//! parts ([`directives`]); the reading with fewer errors counts, unless it loses functions ([`crate::parse::tree`]). The text
//! keeps its length and its lines, so that places in it are those of the source.

mod directives;
mod tokens;
mod words;

use std::ops::Range;
use tokens::{Kind, Token, tokens};
use words::{CONTROLS, DECLARES, SPECIFIES, TYPES, may_be_macro};

/// The text with macros blanked; `None` when there is none to blank.
pub(in crate::languages) fn masked(source: &str) -> Option<String> {
    let (tokens, directives) = tokens(source);
    let hidden = vec![false; tokens.len()];
    let mut masking = Masking {
        source,
        tokens,
        hidden,
        before: None,
        ended: None,
        header_ends: Vec::new(),
        changes: Vec::new(),
    };
    masking.directives(&directives);
    masking.words();
    masking.applied()
}

/// How many tokens are looked at for what belongs together: a text is read in time that grows with its
/// length.
const FAR: usize = 2_000;
/// How many attributes a declaration may have.
const MOST_ATTRIBUTES: usize = 8;

/// What stands in place of a range of the text, filled up with blanks.
struct Change {
    range: Range<usize>,
    by: &'static str,
}

struct Masking<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    hidden: Vec<bool>,
    /// The last token before the one at hand that is not blanked.
    before: Option<usize>,
    /// The token behind which a semicolon was put last.
    ended: Option<usize>,
    /// Tokens that end a `template <…>`.
    header_ends: Vec<usize>,
    changes: Vec<Change>,
}

impl Masking<'_> {
    // ---- what stands where ------------------------------------------------------------------

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.source[token.start..token.end])
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).filter(|token| token.kind == Kind::Word).map(|_| self.text(at))
    }

    fn is(&self, at: usize, sign: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    /// A word that is no keyword.
    fn is_name(&self, at: usize) -> bool {
        self.word(at).is_some_and(|word| {
            !CONTROLS.contains(&word) && !DECLARES.contains(&word) && word != "const"
        })
    }

    /// A word of which a type may end.
    fn is_type_word(&self, at: usize) -> bool {
        self.is_name(at) || self.word(at).is_some_and(|word| TYPES.contains(&word))
    }

    /// Whether a declaration or statement may begin behind a token.
    fn is_boundary(&self, at: usize) -> bool {
        match self.tokens[at].kind {
            Kind::Sign(b';' | b'{' | b'}') => true,
            Kind::Sign(b':') => {
                let label = at.checked_sub(1).and_then(|at| self.word(at));
                matches!(label, Some("public" | "protected" | "private" | "signals" | "slots"))
            }
            Kind::Sign(b'>') => self.header_ends.last() == Some(&at),
            Kind::Word => SPECIFIES.contains(&self.text(at)),
            _ => self.ended == Some(at),
        }
    }

    /// Where what begins with a word ends: behind its arguments, where it has some.
    fn behind(&self, at: usize) -> usize {
        if self.is(at + 1, b'(') { self.closed(at + 1).map_or(at + 1, |it| it + 1) } else { at + 1 }
    }

    fn behind_macros(&self, mut at: usize) -> usize {
        let end = at + 3 * MOST_ATTRIBUTES;
        while at < end && self.word(at).is_some_and(may_be_macro) {
            let behind = self.behind(at);
            // The last of them may be the name itself: `int FOO(`.
            if !(self.tokens.get(behind).is_some_and(|token| token.kind == Kind::Word)) {
                break;
            }
            at = behind;
        }
        at
    }

    /// The end of `a::b::~c`.
    fn behind_qualified(&self, mut at: usize) -> Option<usize> {
        loop {
            if self.is(at, b'~') {
                at += 1;
            }
            if !self.is_name(at) {
                return None;
            }
            at += 1;
            if !(self.is(at, b':') && self.is(at + 1, b':')) {
                return Some(at);
            }
            at += 2;
        }
    }

    /// The end of `a::b<c>`.
    fn behind_type(&self, at: usize) -> Option<usize> {
        let at = self.behind_qualified(at)?;
        if !self.is(at, b'<') {
            return Some(at);
        }
        self.header_end(at).map(|end| end + 1)
    }

    /// The `>` for a `<`, among so many tokens as a type may have.
    fn header_end(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        let mut at = open;
        while at < self.tokens.len().min(open + FAR / 4) {
            match self.tokens[at].kind {
                Kind::Sign(b'<') => depth += 1,
                Kind::Sign(b'>') => depth -= 1,
                Kind::Sign(b'(') => at = self.closed(at)?,
                Kind::Sign(b';' | b'{' | b'}') => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The `)` for a `(`.
    fn closed(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for at in open..self.tokens.len().min(open + FAR) {
            match self.tokens[at].kind {
                Kind::Sign(b'(') => depth += 1,
                Kind::Sign(b')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// The `(` for a `)`.
    fn opened(&self, close: usize) -> Option<usize> {
        let mut depth = 0;
        for at in (close.saturating_sub(FAR)..=close).rev() {
            match self.tokens[at].kind {
                Kind::Sign(b')') => depth += 1,
                Kind::Sign(b'(') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    // ---- changes ----------------------------------------------------------------------------

    fn hide(&mut self, from: usize, to: usize) {
        self.replace(from, to, "");
        self.hidden[from..to].fill(true);
    }

    fn replace(&mut self, from: usize, to: usize, by: &'static str) {
        let range = self.tokens[from].start..self.tokens[to - 1].end;
        self.changes.push(Change { range, by });
    }

    /// Puts a semicolon in place of the blank behind the token before `at`.
    fn end_statement(&mut self, at: usize) {
        let end = self.tokens[at - 1].end;
        if self.source.as_bytes().get(end).is_some_and(u8::is_ascii_whitespace) {
            self.changes.push(Change { range: end..end + 1, by: ";" });
            self.ended = Some(at - 1);
        }
    }

    fn applied(self) -> Option<String> {
        if self.changes.is_empty() {
            return None;
        }
        let mut bytes = self.source.as_bytes().to_vec();
        for Change { range, by } in &self.changes {
            for (byte, at) in bytes[range.clone()].iter_mut().zip(0..) {
                match by.as_bytes().get(at) {
                    Some(other) => *byte = *other,
                    None if *byte == b'\n' => {}
                    None => *byte = b' ',
                }
            }
        }
        String::from_utf8(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    /// What the grammar reads, with blanks of any number as one.
    fn read(source: &str) -> String {
        let text = masked(source).unwrap_or_else(|| source.to_owned());
        assert_eq!(text.len(), source.len());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn attributes_are_blanked() {
        for (source, expected) in [
            ("class LIB_API Name : public Base {};", "class Name : public Base {};"),
            ("class LIB_A LIB_B(4) Name final {};", "class Name final {};"),
            ("LIB_INLINE static int f();", "static int f();"),
            ("LIB_API LIB_INLINE void f() {}", "void f() {}"),
            ("LIB_API const char* f();", "const char* f();"),
            ("struct A { LIB_CONSTEXPR explicit A(int x); };", "struct A { explicit A(int x); };"),
            ("LIB_EXPORT Status* Open(int x);", "Status* Open(int x);"),
            ("LIB_EXPORT std::vector<int> ns::Open(int x);", "std::vector<int> ns::Open(int x);"),
            ("DWORD WINAPI Start(void* p) {}", "DWORD Start(void* p) {}"),
            ("static int __init start(void) {}", "static int start(void) {}"),
            ("long f(void __user *p, int n);", "long f(void *p, int n);"),
            ("void f() const LIB_NOEXCEPT {}", "void f() const {}"),
            ("void f() LIB_NOEXCEPT;", "void f() ;"),
            ("class A { int x LIB_GUARDED_BY(lock_); };", "class A { int x ; };"),
            ("LIB_BEGIN\nclass A {};\nLIB_END\n", "class A {};"),
            ("template <typename T> LIB_API auto f(T x);", "template <typename T> auto f(T x);"),
            (
                "template <typename T, LIB_ENABLE_IF(is<T>::value)> void f();",
                "template <typename T, int > void f();",
            ),
            ("LIB_DECLARE(a, b)\nLIB_MORE(c)\n", "LIB_DECLARE(a, b);LIB_MORE(c);"),
            ("LIB_NON_NULL(2)\nint f(char *x);\n", "int f(char *x);"),
            (
                "template <typename T>\nLIB_NON_NULL(2)\nA f(T x);",
                "template <typename T> A f(T x);",
            ),
            ("LIB_API const A* f();", "const A* f();"),
            ("#ifdef X\nLIB_END\n#endif\nLIB_API void f();", "#ifdef X #endif void f();"),
            (
                "#ifndef G\n#define G\n#endif\nLIB_API void f();\n#if A\nint a;\n#endif",
                "#ifndef G #define G #endif void f(); #if A int a; #endif",
            ),
            (
                "char *a = u8R\"(it's \"one )\";\nLIB_API void f();",
                "char *a = u8R\"(it's \"one )\"; void f();",
            ),
            ("LIB_INIT std::atomic<bool> a{\nfalse};", "std::atomic<bool> a{ false};"),
            ("LIB_INLINE A& operator=(const A& b) {}", "A& operator=(const A& b) {}"),
            ("A operator[](int i) LIB_BOUND {}", "A operator[](int i) {}"),
            ("void f(const A &b LIB_BOUND, C *d LIB_BOUND);", "void f(const A &b , C *d );"),
            (
                "template <>\nstruct LIB_SPEC A<int, 1> : B {};",
                "template <> struct A<int, 1> : B {};",
            ),
            ("A f(B* b) LIB_REQUIRES(lock_);", "A f(B* b) ;"),
            ("class A { A(B* b) LIB_LOCKS(b) : b_(b) {} };", "class A { A(B* b) : b_(b) {} };"),
            (
                "class A { LIB_X A(int b) noexcept : b_(b) {} };",
                "class A { A(int b) noexcept : b_(b) {} };",
            ),
            ("LIB_NON_NULL(1)\nA(int b) : b_(b) {}", "A(int b) : b_(b) {}"),
            ("static LIB_INLINE_VARIABLE A b = 1;", "static A b = 1;"),
            ("class A { B c_[d::kN] LIB_GUARDED_BY(e_); };", "class A { B c_[d::kN] ; };"),
            ("explicit LIB_X A(int b) {}", "explicit A(int b) {}"),
            ("class A { LIB_PRIVATE_IN_TESTS: int x; };", "class A { public : int x; };"),
            ("if LIB_CONSTEXPR (x) {}", "if (x) {}"),
            ("f(\"%\" PRIu64 \"x\", \"%\" PRIx64);", "f(\"%\" \"x\", \"%\" );"),
            ("void f()\n#if X\n__attribute__((y))\n#endif\n;", "void f() __attribute__((y)) ;"),
            ("#ifdef __cplusplus\nextern \"C\" {\n#endif\nint x;\n", "int x;"),
            ("#ifndef A_H\n#define A_H\nint x;\n#endif", "int x;"),
            ("f(a\n#ifdef X\n, b\n#endif\n);", "f(a , b );"),
            ("#ifdef X\nif(a) {\n#else\nif(b) {\n#endif\n}", "if(a) { }"),
            ("#ifdef X\nelse if(a) b();\n#endif\n", "else if(a) b();"),
            ("s = va_arg(list, char *);", "s = va_arg(list, 0 );"),
            ("static atomic int a, b;", "static int a, b;"),
            ("static quick name_t f(int a) {}", "static name_t f(int a) {}"),
            ("#define A 1 /* one */ + 2\nint x;", "#define A 1 + 2 int x;"),
            ("#if HAS(<a>) && \\\n  B\nint x;\n#endif", "#if 1 int x; #endif"),
        ] {
            assert_eq!(read(source), expected, "{source}");
        }
    }

    #[test]
    fn what_may_be_code_stays() {
        for source in [
            "FILE *f = open(NAME, MODE);",
            "LIB_EXPORT( void )\nadd( list_t list, node_t node );",
            "VEC operator+(const VEC& a);",
            "f(a\n#if X\n);\n#else\n); }\nint g(int a) { return h(a); }\nint k() {\n#endif\n",
            "void f(const A B_C, struct A B_C, A B_C, unsigned int B_C);",
            "#ifdef X\nint a;\n#else\nint b;\n#endif",
            "int a;\n#ifdef X\nvoid f() {}\n#endif",
            "#if A\nx();\n#endif",
            "static name_t f(int a) {}",
            "static const name_t a = 1;",
            "unsigned long int a;",
            "DWORD x = 1;",
            "BOOL f(int x);",
            "static BOOL const value = TRUE;",
            "if (x) FAIL(y);",
            "if (x) STOP;",
            "else FAIL(y);",
            "return MAX(a, b);",
            "int a = b * __c * d;",
            "struct FOO bar;",
            "struct FOO *next;",
            "enum { ONE };",
            "enum Kind {\n  ONE\n};",
            "enum Kind {\n  ONE,\n  TWO\n};",
            "TEST(Suite, Name)\n{\n}",
            "PUBLIC(char *)\nname(void) {}",
            "case FOO: BAR(x); break;",
            "extern int __count;",
            "#define LIB_API __attribute__((x))\nint x;",
            "/* LIB_API int */ char *s = \"LIB_API int\";",
        ] {
            assert_eq!(masked(source), None, "{source}");
        }
    }
}
