//! C: files joined by `#include` and by the linker.
//!
//! Names cross files in two ways: a header's declarations are seen by who includes it, and every
//! function and variable that is not `static` is one name for the whole program. So a file's
//! scope stands under its path (what includes name) and under one key that all files share (what
//! the linker joins). Declarators are turned inside out in [`declarators`], which C++ uses too.

pub(crate) mod declarators;
pub(in crate::languages) mod masking;

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{Field, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Grammar, Table, Visibility, Walker};
use crate::languages::language::NamespaceKey;
use crate::layout::Layout;
use qf_graph::facts::{
    Definition, DefinitionFlags, ExpressionId, FileFacts, Import, ImportKind, ScopeId, SymbolKind,
};
use tree_sitter::Node;

/// The key every C file's scope shares.
pub(crate) const GLOBAL: &str = "c:global";

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_c::LANGUAGE.into());

/// C.
pub static C: Table = Table {
    name: "c",
    family: "c",
    extensions: &["c", "h"],
    grammars: &[&GRAMMAR],
    masked: masking::masked,
    rules: &[
        ("comment", Rule::Comment),
        ("preproc_include", Rule::Custom(include)),
        ("preproc_def", Rule::Custom(declarators::constant_macro)),
        ("preproc_function_def", Rule::Custom(declarators::function_macro)),
        ("preproc_directive", Rule::Skip),
        ("preproc_call", Rule::Skip),
        ("type_definition", Rule::Custom(declarators::typedef)),
        ("struct_specifier", Rule::Custom(declarators::record)),
        ("union_specifier", Rule::Custom(declarators::record)),
        ("enum_specifier", Rule::Custom(declarators::enumeration)),
        ("enumerator", Rule::Custom(declarators::enumerator)),
        ("declaration", Rule::Custom(declarators::declaration)),
        ("field_declaration", Rule::Custom(declarators::declaration)),
        ("function_definition", Rule::Custom(declarators::function)),
        ("parameter_declaration", Rule::Custom(declarators::parameter)),
        ("variadic_parameter", Rule::Skip),
        ("compound_statement", Rule::Block),
        ("for_statement", Rule::Block),
        ("storage_class_specifier", Rule::Modifier),
        ("type_qualifier", Rule::Modifier),
        ("identifier", Rule::Name),
        ("call_expression", Rule::Call(Field("function"), Field("arguments"))),
        ("field_expression", Rule::Member(Field("argument"), Field("field"))),
        ("subscript_expression", Rule::Index(Field("argument"), Field("index"))),
        ("pointer_expression", Rule::Inner(Field("argument"))),
        ("parenthesized_expression", Rule::Transparent),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("update_expression", Rule::Update(Field("argument"))),
        ("conditional_expression", Rule::Either(&["consequence", "alternative"])),
        ("cast_expression", Rule::Cast(Field("type"), Field("value"))),
        ("type_descriptor", Rule::Custom(mention_type)),
        ("compound_literal_expression", Rule::Custom(declarators::compound_literal)),
        ("initializer_list", Rule::Custom(declarators::initializer_list)),
        ("return_statement", Rule::Return),
        ("string_literal", Rule::Text),
        ("concatenated_string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("number_literal", Rule::Literal("int")),
        ("char_literal", Rule::Literal("int")),
        ("null", Rule::Skip),
        ("statement_identifier", Rule::Skip),
        ("attribute_specifier", Rule::Skip),
        ("ms_declspec_modifier", Rule::Skip),
        ("gnu_asm_expression", Rule::Skip),
    ],
    types: &[
        ("primitive_type", TypeRule::Named),
        ("type_identifier", TypeRule::Named),
        ("identifier", TypeRule::Named),
        ("sized_type_specifier", TypeRule::Custom(sized)),
        ("macro_type_specifier", TypeRule::Inner(Field("type"))),
        ("struct_specifier", TypeRule::Custom(declarators::record)),
        ("union_specifier", TypeRule::Custom(declarators::record)),
        ("enum_specifier", TypeRule::Custom(declarators::enumeration)),
        ("type_descriptor", TypeRule::Inner(Field("type"))),
        ("type_qualifier", TypeRule::Skip),
    ],
    primitives: PRIMITIVES,
    visibility: Visibility::Without(&["static"]),
    semantics: &RULES,
    ..Table::EMPTY
};

/// C's own types.
pub(crate) const PRIMITIVES: &[(&str, &str)] = &[
    ("void", ""),
    ("char", "str"),
    ("int", "int"),
    ("long", "int"),
    ("short", "int"),
    ("unsigned", "int"),
    ("signed", "int"),
    ("float", "float"),
    ("double", "float"),
    ("bool", "bool"),
    ("_Bool", "bool"),
    ("size_t", "int"),
    ("ssize_t", "int"),
    ("ptrdiff_t", "int"),
    ("int8_t", "int"),
    ("int16_t", "int"),
    ("int32_t", "int"),
    ("int64_t", "int"),
    ("uint8_t", "int"),
    ("uint16_t", "int"),
    ("uint32_t", "int"),
    ("uint64_t", "int"),
    ("intptr_t", "int"),
    ("uintptr_t", "int"),
    ("wchar_t", "int"),
    ("time_t", "int"),
];

/// `unsigned long`.
pub(crate) fn sized(walker: &mut Walker<'_, '_>, _: Node<'_>) -> ExpressionId {
    walker.out.builtin("int")
}

/// A type where a value is expected (`sizeof(T)`).
pub(crate) fn mention_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.type_of(node);
    ExpressionId::UNKNOWN
}

/// `#include "x.h"`.
pub(crate) fn include(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(path) = Field("path").find(node).or(Nth(0).find(node)) {
        let text = walker.text(path).trim_matches(['"', '<', '>']);
        if !text.is_empty() {
            walker.out.import(text, None, None, ImportKind::Star, 0, true, range(path));
        }
    }
    ExpressionId::UNKNOWN
}

static RULES: Rules = Rules {
    namespaces,
    candidates: includes,
    linked: |definition| {
        let outside = definition.flags.contains(DefinitionFlags::EXPORTED);
        is_linked(definition) && (outside || !definition.kind.is_callable())
    },
    program: Some(GLOBAL),
    builtins: LIBRARY,
    standard: standard_header,
    tests: is_test_path,
    ..Rules::EMPTY
};

fn namespaces(path: &str, _: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    vec![
        (NamespaceKey::local(path), ScopeId::MODULE),
        (NamespaceKey::local(GLOBAL), ScopeId::MODULE),
    ]
}

/// What the linker joins: bodies, not macros and mere declarations. Types have no linkage, but their
/// header may be found in no folder that is looked in.
pub(crate) fn is_linked(definition: &Definition) -> bool {
    let written = !definition.flags.contains(DefinitionFlags::DECLARATION);
    match definition.kind {
        SymbolKind::Macro | SymbolKind::Constant => false,
        kind => written || !kind.is_callable(),
    }
}

/// Files an include may mean, nearest first.
pub(crate) fn includes(
    import: &Import,
    path: &str,
    facts: &FileFacts,
    layout: &Layout,
) -> Vec<String> {
    let module = facts.text(import.module);
    semantics::path_candidates(module, path, layout, &["", "include", "src", "lib"], &[""])
}

/// Headers of the C library and of POSIX.
pub(crate) fn standard_header(module: &str) -> bool {
    const HEADERS: &[&str] = &[
        "assert.h",
        "complex.h",
        "ctype.h",
        "dirent.h",
        "dlfcn.h",
        "errno.h",
        "fcntl.h",
        "fenv.h",
        "float.h",
        "getopt.h",
        "inttypes.h",
        "iso646.h",
        "limits.h",
        "locale.h",
        "math.h",
        "netdb.h",
        "poll.h",
        "pthread.h",
        "pwd.h",
        "regex.h",
        "sched.h",
        "semaphore.h",
        "setjmp.h",
        "signal.h",
        "stdalign.h",
        "stdarg.h",
        "stdatomic.h",
        "stdbool.h",
        "stddef.h",
        "stdint.h",
        "stdio.h",
        "stdlib.h",
        "stdnoreturn.h",
        "string.h",
        "strings.h",
        "syslog.h",
        "termios.h",
        "tgmath.h",
        "threads.h",
        "time.h",
        "uchar.h",
        "unistd.h",
        "wchar.h",
        "wctype.h",
        "windows.h",
    ];
    HEADERS.binary_search(&module).is_ok()
        || ["sys/", "netinet/", "arpa/", "linux/", "net/"].iter().any(|p| module.starts_with(p))
}

/// Test files of the C family.
pub(crate) fn is_test_path(path: &str) -> bool {
    let stem = semantics::stem(path);
    semantics::test_folder(path)
        || stem.starts_with("test_")
        || ["_test", "_tests", "_unittest", "Test", "Tests"].iter().any(|end| stem.ends_with(end))
        || stem == "test"
}

/// Functions and macros of the C library, sorted.
pub(crate) const LIBRARY: &[&str] = &[
    "EOF",
    "EXIT_FAILURE",
    "EXIT_SUCCESS",
    "FILE",
    "INT_MAX",
    "INT_MIN",
    "NAN",
    "NULL",
    "SIZE_MAX",
    "UINT_MAX",
    "abort",
    "abs",
    "accept",
    "access",
    "acos",
    "asin",
    "assert",
    "atan",
    "atan2",
    "atexit",
    "atof",
    "atoi",
    "atol",
    "atoll",
    "bind",
    "bsearch",
    "calloc",
    "ceil",
    "chdir",
    "clock",
    "clock_gettime",
    "close",
    "closedir",
    "connect",
    "cos",
    "ctime",
    "defined",
    "difftime",
    "div",
    "dup",
    "dup2",
    "errno",
    "execl",
    "execv",
    "execve",
    "execvp",
    "exit",
    "exp",
    "fabs",
    "fclose",
    "feof",
    "ferror",
    "fflush",
    "fgetc",
    "fgets",
    "fileno",
    "floor",
    "fmod",
    "fopen",
    "fork",
    "fprintf",
    "fputc",
    "fputs",
    "fread",
    "free",
    "freopen",
    "fscanf",
    "fseek",
    "fstat",
    "ftell",
    "fwrite",
    "getc",
    "getchar",
    "getcwd",
    "getenv",
    "getopt",
    "getpid",
    "gettimeofday",
    "gmtime",
    "htonl",
    "htons",
    "ioctl",
    "isalnum",
    "isalpha",
    "iscntrl",
    "isdigit",
    "isgraph",
    "isinf",
    "islower",
    "isnan",
    "isprint",
    "ispunct",
    "isspace",
    "isupper",
    "isxdigit",
    "kill",
    "labs",
    "ldexp",
    "listen",
    "localeconv",
    "localtime",
    "log",
    "log10",
    "log2",
    "longjmp",
    "lseek",
    "malloc",
    "memchr",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "mkdir",
    "mktime",
    "mmap",
    "modf",
    "munmap",
    "nanosleep",
    "ntohl",
    "ntohs",
    "offsetof",
    "open",
    "opendir",
    "perror",
    "pipe",
    "poll",
    "pow",
    "printf",
    "pthread_create",
    "pthread_join",
    "pthread_mutex_init",
    "pthread_mutex_lock",
    "pthread_mutex_unlock",
    "putc",
    "putchar",
    "puts",
    "qsort",
    "raise",
    "rand",
    "read",
    "readdir",
    "realloc",
    "recv",
    "remove",
    "rename",
    "rewind",
    "rmdir",
    "round",
    "scanf",
    "select",
    "send",
    "setenv",
    "setjmp",
    "setlocale",
    "setsockopt",
    "setvbuf",
    "sigaction",
    "signal",
    "sin",
    "sleep",
    "snprintf",
    "socket",
    "sprintf",
    "sqrt",
    "srand",
    "sscanf",
    "stat",
    "stderr",
    "stdin",
    "stdout",
    "strcasecmp",
    "strcat",
    "strchr",
    "strcmp",
    "strcpy",
    "strcspn",
    "strdup",
    "strerror",
    "strftime",
    "strlen",
    "strncasecmp",
    "strncat",
    "strncmp",
    "strncpy",
    "strndup",
    "strpbrk",
    "strrchr",
    "strspn",
    "strstr",
    "strtod",
    "strtof",
    "strtok",
    "strtok_r",
    "strtol",
    "strtoll",
    "strtoul",
    "strtoull",
    "system",
    "tan",
    "time",
    "tmpfile",
    "tolower",
    "toupper",
    "ungetc",
    "unlink",
    "usleep",
    "va_arg",
    "va_copy",
    "va_end",
    "va_start",
    "vfprintf",
    "vprintf",
    "vsnprintf",
    "vsprintf",
    "wait",
    "waitpid",
    "write",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
