//! Names of the standard library.
//!
//! Two uses. Lowering asks which types to look through and which methods change their receiver.
//! The resolver asks what a member of a built-in value gives, and this is its negative evidence: a
//! `push` on a `Vec` can never be a project's `push`. All containers share one table: an accessor
//! that gives an `Option` (`get`, `next`, `lock`) is said to give something of the container's
//! shape, out of which `unwrap`, `?` or `Some(x)` take the element, just as they do from the
//! container itself. So chains such as `map.get(k).unwrap().name()` keep their type without a type
//! for each step.

use super::tables::{
    CHAR_BOOL, CHAR_OTHER, CHAR_SAME, CONTAINER_BOOL, CONTAINER_ELEMENT, CONTAINER_INT,
    CONTAINER_OTHER, CONTAINER_SAME, NUMBER_BOOL, NUMBER_OTHER, NUMBER_SAME, PATH_BOOL, PATH_OTHER,
    PATH_SAME, PATH_STRING, STRING_BOOL, STRING_INT, STRING_LIST, STRING_OTHER, STRING_SAME,
    TIME_INT, TIME_OTHER, TIME_SAME,
};
use crate::languages::language::{BuiltinResult, View};

/// Types that method calls look through: only what they point to matters.
pub(super) const POINTERS: &[&str] = &[
    "Arc",
    "Box",
    "Cow",
    "ManuallyDrop",
    "MappedMutexGuard",
    "MutexGuard",
    "NonNull",
    "OwnedMutexGuard",
    "Pin",
    "Rc",
    "Ref",
    "RefMut",
    "RwLockReadGuard",
    "RwLockWriteGuard",
];

/// Of these, the ones that traits are implemented for, and that stay in sight around `dyn Trait`.
pub(super) const OWNERS: &[&str] = &["Arc", "Box", "Rc"];

/// A member that built-in maps have for the resolver's sake: the value of an entry.
pub(super) const MAP_VALUE: &str = "<value>";

/// The built-in type that a library type's name stands for.
pub(super) fn builtin_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "str" => "str",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => "int",
        "f32" | "f64" => "float",
        "bool" => "bool",
        "char" => "char",
        "Option" => "Option",
        "Result" => "Result",
        "Vec" => "list",
        "VecDeque" => "VecDeque",
        "LinkedList" => "LinkedList",
        "BinaryHeap" => "BinaryHeap",
        "HashMap" => "HashMap",
        "BTreeMap" => "BTreeMap",
        "HashSet" => "HashSet",
        "BTreeSet" => "BTreeSet",
        "Mutex" => "Mutex",
        "RwLock" => "RwLock",
        "RefCell" => "RefCell",
        "Cell" => "Cell",
        "OnceCell" => "OnceCell",
        "OnceLock" => "OnceLock",
        "LazyLock" => "LazyLock",
        "Weak" => "Weak",
        "Poll" => "Poll",
        "PhantomData" => "PhantomData",
        "AtomicBool" | "AtomicI32" | "AtomicI64" | "AtomicIsize" | "AtomicU8" | "AtomicU16"
        | "AtomicU32" | "AtomicU64" | "AtomicUsize" => "Atomic",
        "Path" | "PathBuf" | "OsStr" | "OsString" => "Path",
        "Duration" => "Duration",
        "Instant" | "SystemTime" => "Instant",
        _ => return None,
    })
}

/// Crates whose types of these names behave like the standard library's.
pub(super) fn is_library_crate(head: &str) -> bool {
    matches!(
        head,
        "std"
            | "core"
            | "alloc"
            | "tokio"
            | "async_std"
            | "smol"
            | "async_lock"
            | "parking_lot"
            | "futures"
            | "futures_util"
            | "hashbrown"
            | "once_cell"
            | "rustc_hash"
            | "anyhow"
            | "eyre"
            | "color_eyre"
            | "spin"
            | "web_time"
    )
}

/// Traits of the standard library that say nothing of a type's purpose.
pub(super) fn is_common_trait(name: &str) -> bool {
    matches!(
        name,
        "Clone"
            | "Debug"
            | "Display"
            | "Default"
            | "PartialEq"
            | "Eq"
            | "PartialOrd"
            | "Ord"
            | "Hash"
            | "Into"
            | "From"
            | "TryFrom"
            | "TryInto"
            | "AsRef"
            | "AsMut"
            | "ToString"
            | "ToOwned"
            | "Borrow"
            | "Deref"
            | "DerefMut"
            | "Drop"
            | "Error"
            | "Any"
            | "Serialize"
            | "Deserialize"
            | "DeserializeOwned"
    )
}

/// Traits without methods of interest.
pub(super) fn is_marker_trait(text: &str) -> bool {
    matches!(text, "Send" | "Sync" | "Sized" | "Unpin" | "Copy" | "UnwindSafe" | "RefUnwindSafe")
}

/// What a member of a built-in type gives; `None` when it has no such member.
pub(super) fn member(type_name: &str, name: &str) -> Option<BuiltinResult> {
    use BuiltinResult::{Element, Receiver, Type, Unknown};
    let among = |table: &[&str]| table.binary_search(&name).is_ok();
    match type_name {
        "str" => {
            if among(STRING_SAME) {
                Some(Type("str"))
            } else if among(STRING_LIST) {
                Some(Type("list"))
            } else if among(STRING_BOOL) {
                Some(Type("bool"))
            } else if among(STRING_INT) {
                Some(Type("int"))
            } else {
                among(STRING_OTHER).then_some(Unknown)
            }
        }
        "int" | "float" | "bool" | "Atomic" => {
            if among(NUMBER_SAME) {
                let value = if type_name == "Atomic" { "int" } else { "" };
                Some(if value.is_empty() { Receiver } else { Type("int") })
            } else if among(NUMBER_BOOL) {
                Some(Type("bool"))
            } else if matches!(name, "to_string" | "as_str") {
                Some(Type("str"))
            } else {
                let of_bytes = name.contains("ascii") && (among(CHAR_BOOL) || among(CHAR_SAME));
                (among(NUMBER_OTHER) || of_bytes).then_some(Unknown)
            }
        }
        "char" => {
            if among(CHAR_BOOL) {
                Some(Type("bool"))
            } else if among(CHAR_SAME) {
                Some(Receiver)
            } else {
                among(CHAR_OTHER).then_some(Unknown)
            }
        }
        "Path" => {
            if among(PATH_SAME) {
                Some(Receiver)
            } else if among(PATH_STRING) {
                Some(Type("str"))
            } else if among(PATH_BOOL) {
                Some(Type("bool"))
            } else {
                among(PATH_OTHER).then_some(Unknown)
            }
        }
        "Duration" | "Instant" => {
            if among(TIME_SAME) {
                Some(if matches!(name, "elapsed" | "duration_since") {
                    Type("Duration")
                } else {
                    Receiver
                })
            } else if among(TIME_INT) {
                Some(Type("int"))
            } else {
                among(TIME_OTHER).then_some(Unknown)
            }
        }
        "Cell" if matches!(name, "get" | "take" | "replace" | "into_inner" | "update") => {
            Some(Element)
        }
        "HashMap" | "BTreeMap" | "dict" if name == MAP_VALUE => Some(Element),
        "HashMap" | "BTreeMap" | "dict"
            if matches!(name, "values" | "values_mut" | "into_values") =>
        {
            Some(BuiltinResult::Seen(View::Values))
        }
        // A slice of bytes is read and written like any other.
        "list" | "VecDeque" | "LinkedList" | "BinaryHeap" | "Option" | "Result" | "HashMap"
        | "BTreeMap" | "HashSet" | "BTreeSet" | "Mutex" | "RwLock" | "RefCell" | "Cell"
        | "OnceCell" | "OnceLock" | "LazyLock" | "Weak" | "Poll" | "Iterator" | "Future"
        | "dict" | "set" | "tuple" | "function" | "unit" | "PhantomData" => container_member(name),
        _ => None,
    }
}

fn container_member(name: &str) -> Option<BuiltinResult> {
    let among = |table: &[&str]| table.binary_search(&name).is_ok();
    if among(CONTAINER_SAME) {
        Some(BuiltinResult::Receiver)
    } else if among(CONTAINER_ELEMENT) {
        Some(BuiltinResult::Element)
    } else if among(CONTAINER_INT) {
        Some(BuiltinResult::Type("int"))
    } else if among(CONTAINER_BOOL) {
        Some(BuiltinResult::Type("bool"))
    } else {
        among(CONTAINER_OTHER).then_some(BuiltinResult::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::{
        BUILTINS, COMMON_MEMBERS, ELEMENT_CLOSURES, EXPRESSION_MACROS, MUTATING, PAIR_CLOSURES,
        SEEN_THROUGH,
    };
    use super::*;

    #[test]
    fn tables_are_sorted_and_without_repetition() {
        let tables: &[&[&str]] = &[
            POINTERS,
            EXPRESSION_MACROS,
            MUTATING,
            SEEN_THROUGH,
            ELEMENT_CLOSURES,
            PAIR_CLOSURES,
            BUILTINS,
            COMMON_MEMBERS,
            CONTAINER_SAME,
            CONTAINER_ELEMENT,
            CONTAINER_INT,
            CONTAINER_BOOL,
            CONTAINER_OTHER,
            STRING_SAME,
            STRING_LIST,
            STRING_BOOL,
            STRING_INT,
            STRING_OTHER,
            NUMBER_SAME,
            NUMBER_BOOL,
            NUMBER_OTHER,
            CHAR_BOOL,
            CHAR_SAME,
            CHAR_OTHER,
            PATH_SAME,
            PATH_STRING,
            PATH_BOOL,
            PATH_OTHER,
            TIME_SAME,
            TIME_INT,
            TIME_OTHER,
        ];
        for table in tables {
            for pair in table.windows(2) {
                assert!(pair[0] < pair[1], "{} comes before {}", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn chains_over_containers_keep_their_element() {
        assert_eq!(member("HashMap", "get"), Some(BuiltinResult::Receiver));
        assert_eq!(member("HashMap", "unwrap"), Some(BuiltinResult::Element));
        assert_eq!(member("Mutex", "lock"), Some(BuiltinResult::Receiver));
        assert_eq!(member("RefCell", "borrow_mut"), Some(BuiltinResult::Element));
        assert_eq!(member("str", "split"), Some(BuiltinResult::Type("list")));
        assert_eq!(member("str", "trim"), Some(BuiltinResult::Type("str")));
        assert_eq!(member("list", "deposit"), None);
        assert_eq!(member("list", "map"), Some(BuiltinResult::Unknown));
    }
}
