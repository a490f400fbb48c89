//! Word lists of the standard library, sorted for binary search. What they mean is decided in
//! `builtins`; they stand apart because they are read as data.

/// Macros whose arguments are expressions (sorted).
#[rustfmt::skip]
pub(super) const EXPRESSION_MACROS: &[&str] = &[
    "anyhow", "array", "assert", "assert_debug_snapshot", "assert_eq", "assert_err",
    "assert_ne", "assert_ok", "assert_pending", "assert_ready", "assert_ready_err",
    "assert_ready_ok", "assert_snapshot", "assert_yaml_snapshot", "bail", "bail_span",
    "btreemap", "btreeset", "concat", "dbg", "debug", "debug_assert", "debug_assert_eq",
    "debug_assert_ne", "debug_span", "ensure", "ensure_eq", "eprint", "eprintln", "error",
    "error_span", "event", "eyre", "format", "format_args", "format_err", "formatdoc",
    "hashmap", "hashset", "indoc", "info", "info_span", "instrument_expr", "join", "log",
    "maplit", "panic", "pin", "print", "println", "prop_assert", "prop_assert_eq",
    "prop_assert_ne", "query", "query_as", "query_scalar", "ready", "smallvec", "span",
    "span_err_expr", "todo", "trace", "trace_span", "try", "try_join", "try_stream_item",
    "unimplemented", "unreachable", "vec", "warn", "warn_span", "write", "writeln",
    "yield_now",
];

/// Macros that keep what stands between their braces, though it is no list of expressions (sorted).
#[rustfmt::skip]
pub(super) const TRANSPARENT_MACROS: &[&str] = &[
    "assert_matches", "cfg_if", "debug_assert_matches", "json", "lazy_static", "matches", "select",
    "select_biased", "thread_local",
];

/// Methods of the standard library that change their receiver (sorted).
#[rustfmt::skip]
pub(super) const MUTATING: &[&str] = &[
    "add_assign", "advance", "append", "as_mut_slice", "back_mut", "clear",
    "clone_from_slice", "compare_exchange", "compare_exchange_weak", "copy_from_slice",
    "dedup", "dedup_by", "dedup_by_key", "drain", "entry", "extend", "extend_from_slice",
    "extract_if", "fetch_add", "fetch_and", "fetch_max", "fetch_min", "fetch_or", "fetch_sub",
    "fetch_update", "fetch_xor", "fill", "fill_with", "first_mut", "front_mut",
    "get_many_mut", "get_mut", "get_or_init", "get_or_insert", "get_or_insert_default",
    "get_or_insert_with", "insert", "insert_str", "iter_mut", "last_mut", "or_insert_mut",
    "pop", "pop_back", "pop_first", "pop_front", "pop_last", "push", "push_back",
    "push_front", "push_str", "push_within_capacity", "put", "put_slice", "put_u8", "remove",
    "remove_entry", "replace", "replace_range", "reserve", "resize", "resize_with", "retain",
    "retain_entries", "retain_mut", "reverse", "rotate_left", "rotate_right", "send_modify",
    "send_replace", "set", "set_extension", "set_file_name", "shift_remove", "sort",
    "sort_by", "sort_by_cached_key", "sort_by_key", "sort_unstable", "sort_unstable_by",
    "sort_unstable_by_key", "splice", "split_off", "store", "sub_assign", "swap",
    "swap_remove", "swap_with_slice", "take", "toggle", "truncate", "update", "values_mut",
];

/// Methods that lead from a field to what it holds, so that a change of the result is a change
/// of the field (sorted).
#[rustfmt::skip]
pub(super) const SEEN_THROUGH: &[&str] = &[
    "and_modify", "as_deref_mut", "as_mut", "as_mut_slice", "as_pin_mut", "await", "back_mut",
    "blocking_lock", "blocking_read", "blocking_write", "borrow_mut", "by_ref", "deref_mut",
    "entry", "expect", "first_mut", "front_mut", "get_mut", "get_or_insert",
    "get_or_insert_with", "iter_mut", "last_mut", "lock", "lock_owned", "make_mut", "ok",
    "or_default", "or_insert", "or_insert_with", "or_insert_with_key", "peek_mut", "project",
    "read", "try_lock", "try_read", "try_write", "unwrap", "unwrap_or_else", "upgrade",
    "values_mut", "write", "write_owned",
];

/// Methods whose closure gets one element of the receiver (sorted).
#[rustfmt::skip]
pub(super) const ELEMENT_CLOSURES: &[&str] = &[
    "all", "and_modify", "and_then", "any", "binary_search_by", "binary_search_by_key",
    "chunk_by", "counts_by", "dedup_by_key", "drain_filter", "extract_if", "filter",
    "filter_map", "filter_ok", "find", "find_map", "flat_map", "for_each",
    "for_each_concurrent", "group_by", "inspect", "inspect_ok", "into_group_map_by",
    "is_none_or", "is_ok_and", "is_some_and", "map", "map_ok", "map_or", "map_or_else",
    "map_while", "max_by_key", "min_by_key", "next_if", "partition", "partition_point",
    "position", "position_max_by_key", "retain", "retain_mut", "rfind", "rposition",
    "skip_while", "sort_by_cached_key", "sort_by_key", "sort_unstable_by_key",
    "sorted_by_key", "take_if", "take_while", "then", "try_for_each", "unique_by",
];

/// Methods whose closure gets two elements of the receiver (sorted).
#[rustfmt::skip]
pub(super) const PAIR_CLOSURES: &[&str] = &[
    "dedup_by", "is_sorted_by", "max_by", "min_by", "reduce", "sort_by", "sort_unstable_by",
    "sorted_by",
];

/// Names that are visible everywhere: prelude, primitive types, macros, crates (sorted).
#[rustfmt::skip]
pub(super) const BUILTINS: &[&str] = &[
    "AsMut", "AsRef", "AsyncFn", "AsyncFnMut", "AsyncFnOnce", "Box", "Clone", "Copy", "Debug",
    "Default", "DoubleEndedIterator", "Drop", "Eq", "Err", "ExactSizeIterator", "Extend",
    "Fn", "FnMut", "FnOnce", "From", "FromIterator", "Future", "Hash", "Into", "IntoFuture",
    "IntoIterator", "Iterator", "None", "Ok", "Option", "Ord", "PartialEq", "PartialOrd",
    "Result", "Self", "Send", "Sized", "Some", "String", "Sync", "ToOwned", "ToString",
    "TryFrom", "TryInto", "Unpin", "Vec", "addr_of", "addr_of_mut", "alloc", "allow",
    "assert", "assert_eq", "assert_ne", "bool", "cfg", "cfg_attr", "char", "column",
    "compile_error", "concat", "core", "dbg", "debug_assert", "debug_assert_eq",
    "debug_assert_ne", "deny", "deprecated", "derive", "doc", "drop", "env", "eprint",
    "eprintln", "expect", "f32", "f64", "file", "forbid", "format", "format_args",
    "global_allocator", "i128", "i16", "i32", "i64", "i8", "ignore", "include",
    "include_bytes", "include_str", "inline", "isize", "line", "macro_rules", "matches",
    "module_path", "must_use", "no_mangle", "option_env", "panic", "print", "println",
    "proc_macro", "repr", "should_panic", "std", "str", "stringify", "test", "thread_local",
    "todo", "try", "tuple", "u128", "u16", "u32", "u64", "u8", "unimplemented", "unit",
    "unreachable", "usize", "vec", "warn", "write", "writeln",
];

/// Method names of the standard library's traits and containers (sorted).
#[rustfmt::skip]
pub(super) const COMMON_MEMBERS: &[&str] = &[
    "abort", "abs_diff", "acquire", "add", "add_assign", "all", "ancestors", "and",
    "and_modify", "and_then", "any", "append", "arg", "args", "array_chunks", "as_array",
    "as_bytes", "as_bytes_mut", "as_deref", "as_deref_mut", "as_encoded_bytes", "as_micros",
    "as_millis", "as_mut", "as_mut_ptr", "as_mut_slice", "as_mut_str", "as_mut_vec",
    "as_nanos", "as_os_str", "as_path", "as_pin_mut", "as_ptr", "as_ref", "as_secs",
    "as_secs_f32", "as_secs_f64", "as_slice", "as_str", "back", "back_mut", "binary_search",
    "binary_search_by", "binary_search_by_key", "bitand", "bitor", "bitxor", "block_on",
    "blocking_lock", "blocking_read", "blocking_send", "blocking_write", "borrow",
    "borrow_mut", "boxed", "boxed_local", "buffer_unordered", "buffered", "by_ref", "bytes",
    "bytes_mut", "canonicalize", "capacity", "cartesian_product", "ceil_char_boundary",
    "chain", "char_indices", "chars", "checked_add", "checked_duration_since", "checked_sub",
    "chunk_by", "chunks", "chunks_exact", "clamp", "clear", "clone", "clone_from",
    "clone_from_slice", "cloned", "close", "cmp", "collect", "collect_vec", "components",
    "concat", "contains", "contains_key", "context", "copied", "copy_from_slice",
    "copy_within", "count", "counts", "current_dir", "cycle", "dedup", "dedup_by",
    "dedup_by_key", "default", "deref", "deref_mut", "deserialize", "difference", "display",
    "div", "div_f32", "div_f64", "downcast", "downcast_mut", "downcast_ref", "downgrade",
    "drain", "drop", "duration_since", "elapsed", "encode_utf16", "ends_with", "entry",
    "enumerate", "env", "eq", "eq_ignore_ascii_case", "err", "escape_debug", "escape_default",
    "escape_unicode", "exists", "expect", "expect_err", "expect_or_log", "extend",
    "extend_from_slice", "extend_from_within", "extension", "extract_if", "file_name",
    "file_stem", "fill", "fill_with", "filter", "filter_map", "filter_ok", "find", "finish",
    "first", "first_mut", "flat_map", "flatten", "floor_char_boundary", "flush", "fmt",
    "fold", "fold_ok", "for_each", "for_each_concurrent", "format", "from", "from_days",
    "from_fn", "from_hours", "from_iter", "from_micros", "from_millis", "from_mins",
    "from_nanos", "from_secs", "from_secs_f32", "from_secs_f64", "from_std", "from_str",
    "from_utf8", "from_utf8_lossy", "from_utf8_unchecked", "front", "front_mut", "fuse", "ge",
    "get", "get_disjoint_mut", "get_many_mut", "get_mut", "get_or_init", "get_or_insert",
    "get_or_insert_default", "get_or_insert_with", "get_or_try_init", "get_unchecked",
    "get_unchecked_mut", "group_by", "gt", "has_root", "hash", "id", "index", "index_mut",
    "insert", "insert_entry", "insert_str", "inspect", "inspect_err", "interleave",
    "intersection", "intersperse", "into", "into_boxed_path", "into_boxed_slice",
    "into_boxed_str", "into_bytes", "into_chars", "into_err", "into_inner", "into_iter",
    "into_keys", "into_ok", "into_os_string", "into_owned", "into_par_iter", "into_path_buf",
    "into_std", "into_string", "into_values", "is_absolute", "is_alphabetic",
    "is_alphanumeric", "is_ascii", "is_ascii_alphabetic", "is_ascii_alphanumeric",
    "is_ascii_control", "is_ascii_digit", "is_ascii_graphic", "is_ascii_hexdigit",
    "is_ascii_lowercase", "is_ascii_punctuation", "is_ascii_uppercase", "is_ascii_whitespace",
    "is_borrowed", "is_char_boundary", "is_closed", "is_control", "is_digit", "is_dir",
    "is_disjoint", "is_empty", "is_err", "is_file", "is_finished", "is_full", "is_locked",
    "is_lowercase", "is_none", "is_none_or", "is_numeric", "is_ok", "is_ok_and", "is_pending",
    "is_poisoned", "is_ready", "is_relative", "is_some", "is_some_and", "is_sorted",
    "is_subset", "is_superset", "is_symlink", "is_uppercase", "is_whitespace", "iter",
    "iter_mut", "join", "join_all", "keys", "kill", "last", "last_mut", "le", "leak", "len",
    "lines", "load", "load_full", "lock", "lt", "make_ascii_lowercase",
    "make_ascii_uppercase", "map", "map_err", "map_ok", "map_or", "map_or_else", "map_while",
    "match_indices", "matches", "max", "max_by", "max_by_key", "min", "min_by", "min_by_key",
    "mul", "mul_assign", "mul_f32", "mul_f64", "name", "ne", "neg", "next", "next_back",
    "next_if", "next_if_eq", "nfc", "nfd", "not", "notified", "notify_one", "notify_waiters",
    "nth", "nth_back", "occupied", "ok", "ok_or", "ok_or_else", "or", "or_default", "or_else",
    "or_insert", "or_insert_entry", "or_insert_with", "or_insert_with_key", "par_bridge",
    "par_iter", "par_iter_mut", "parent", "parse", "partial_cmp", "partition",
    "partition_point", "peek",
    "peek_mut", "peekable", "poll_next", "poll_unpin", "pop", "pop_back", "pop_first",
    "pop_front", "pop_last", "position", "prefix", "product", "ptr_eq", "push", "push_back",
    "push_front", "push_str", "put", "range", "range_mut", "rchunks", "read", "read_dir",
    "read_exact", "read_line", "read_link", "read_to_end", "read_to_string", "read_until",
    "recv", "reduce", "release", "rem", "remove", "remove_entry", "repeat", "replace",
    "replace_range", "replace_with", "replacen", "reserve", "reserve_exact", "resize",
    "resize_with", "retain", "retain_mut", "rev", "reverse", "rewind", "rfind", "rmatches",
    "rotate_left", "rotate_right", "rposition", "rsplit", "rsplit_once", "rsplit_terminator",
    "rsplitn", "saturating_add", "saturating_duration_since", "saturating_sub", "scan",
    "seek", "select_next_some", "select_nth_unstable", "send", "serialize", "set",
    "set_extension", "set_file_name", "set_len", "shl", "shr", "shrink_to", "shrink_to_fit",
    "size_hint", "skip", "skip_while", "sleep", "sort", "sort_by", "sort_by_cached_key",
    "sort_by_key", "sort_unstable", "sort_unstable_by", "sort_unstable_by_key", "sorted",
    "sorted_by", "sorted_by_key", "source", "splice", "split", "split_ascii_whitespace",
    "split_at", "split_first", "split_inclusive", "split_last", "split_off", "split_once",
    "split_terminator", "split_whitespace", "splitn", "starts_with", "stderr", "stdin",
    "stdout", "step_by", "store", "strip_prefix", "strip_suffix", "strong_count", "sub",
    "sub_assign", "subsec_micros", "subsec_millis", "subsec_nanos", "sum", "swap",
    "swap_remove", "swap_with_slice", "symlink_metadata", "symmetric_difference", "take",
    "take_error", "take_while", "then", "then_some", "to_ascii_lowercase",
    "to_ascii_uppercase", "to_lowercase", "to_owned", "to_path_buf", "to_socket_addrs",
    "to_str", "to_string", "to_string_lossy", "to_uppercase", "to_value", "to_vec",
    "transpose", "trim", "trim_ascii", "trim_end", "trim_end_matches", "trim_left",
    "trim_matches", "trim_right", "trim_start", "trim_start_matches", "truncate",
    "try_collect", "try_exists", "try_fold", "try_for_each", "try_from", "try_insert",
    "try_into", "try_lock", "try_next", "try_read", "try_recv", "try_reserve", "try_send",
    "try_write", "tuple_windows", "type_id", "union", "unique", "unlock", "unwrap",
    "unwrap_err", "unwrap_or", "unwrap_or_default", "unwrap_or_else", "unwrap_unchecked",
    "unzip", "update", "upgrade", "vacant", "values", "values_mut", "wait", "wake_by_ref",
    "waker", "weak_count", "windows", "with", "with_added_extension", "with_capacity",
    "with_context", "with_extension", "with_file_name", "with_mut", "wrap_err",
    "wrap_err_with", "write", "write_all", "write_char", "write_fmt", "write_str", "xor",
    "zip",
];

/// Container methods that give a container of the same elements (an iterator, an `Option` of
/// one, a guard) (sorted).
#[rustfmt::skip]
pub(super) const CONTAINER_SAME: &[&str] = &[
    "as_array", "as_deref", "as_deref_mut", "as_mut", "as_mut_slice", "as_pin_mut", "as_ref",
    "as_slice", "back", "back_mut", "blocking_lock", "blocking_read", "blocking_write",
    "boxed", "boxed_local", "buffer_unordered", "buffered", "by_ref", "chain", "chunks",
    "chunks_exact", "clone", "cloned", "collect", "concat", "context", "copied", "cycle",
    "dedup", "difference", "downgrade", "drain", "entry", "err", "extract_if", "filter",
    "filter_ok", "find", "first", "first_mut", "flatten", "front", "front_mut", "fuse", "get",
    "get_many_mut", "get_mut", "get_or_insert", "get_or_insert_with", "insert_entry",
    "inspect", "inspect_err", "intersection", "into_boxed_slice", "into_inner", "into_iter",
    "into_par_iter", "into_std", "into_values", "iter", "iter_mut", "last", "last_mut",
    "leak", "lock", "map_err", "max", "max_by", "max_by_key", "min", "min_by", "min_by_key",
    "next", "next_back", "next_if", "next_if_eq", "nth", "nth_back", "ok", "ok_or",
    "ok_or_else", "or", "or_else", "par_bridge", "par_iter", "par_iter_mut", "partition",
    "peek", "peek_mut",
    "peekable", "poll_next", "pop", "pop_back", "pop_first", "pop_front", "pop_last", "range",
    "range_mut", "rchunks", "read", "recv", "reduce", "remove", "remove_entry", "replace",
    "rev", "rfind", "select_nth_unstable", "skip", "skip_while", "sorted", "sorted_by",
    "sorted_by_key", "split_at", "split_first", "split_last", "split_off", "step_by",
    "swap_remove", "symmetric_difference", "take", "take_while", "to_owned", "to_vec",
    "transpose", "try_lock", "try_next", "try_read", "try_recv", "try_write", "union",
    "unique", "upgrade", "values", "values_mut", "windows", "with_context", "wrap_err",
    "wrap_err_with", "write", "xor",
];

/// Container methods that give one element (sorted).
#[rustfmt::skip]
pub(super) const CONTAINER_ELEMENT: &[&str] = &[
    "borrow", "borrow_mut", "expect", "expect_or_log", "get_or_init", "get_or_try_init",
    "get_unchecked", "get_unchecked_mut", "index", "index_mut", "into_ok", "load_full",
    "or_default", "or_insert", "or_insert_entry", "or_insert_with", "or_insert_with_key",
    "unwrap", "unwrap_or", "unwrap_or_default", "unwrap_or_else", "unwrap_unchecked",
];

/// Container methods that give a number (sorted).
#[rustfmt::skip]
pub(super) const CONTAINER_INT: &[&str] = &[
    "capacity", "count", "len", "partition_point", "position", "rposition", "strong_count",
    "weak_count",
];

/// Container methods that give a truth value (sorted).
#[rustfmt::skip]
pub(super) const CONTAINER_BOOL: &[&str] = &[
    "all", "any", "contains", "contains_key", "ends_with", "eq", "ge", "gt", "is_closed",
    "is_disjoint", "is_empty", "is_err", "is_full", "is_locked", "is_none", "is_none_or",
    "is_ok", "is_ok_and", "is_pending", "is_poisoned", "is_ready", "is_some", "is_some_and",
    "is_sorted", "is_subset", "is_superset", "le", "lt", "ne", "ptr_eq", "starts_with",
];

/// Container methods whose result is not known from the container (sorted).
#[rustfmt::skip]
pub(super) const CONTAINER_OTHER: &[&str] = &[
    "abort", "and", "and_modify", "and_then", "append", "array_chunks", "as_mut_ptr",
    "as_ptr", "binary_search", "binary_search_by", "binary_search_by_key", "blocking_send",
    "bytes", "cartesian_product", "chunk_by", "clear", "clone_from_slice", "close", "cmp",
    "collect_vec", "copy_from_slice", "copy_within", "counts", "dedup_by", "dedup_by_key",
    "default", "enumerate", "expect_err", "extend", "extend_from_slice", "extend_from_within",
    "fill", "fill_with", "filter_map", "flat_map", "flush", "fmt", "fold", "fold_ok",
    "for_each", "for_each_concurrent", "from", "from_fn", "from_iter", "get_disjoint_mut",
    "get_key_value", "get_or_insert_default", "group_by", "hash", "insert", "interleave",
    "intersperse", "into", "into_err", "into_keys", "is_borrowed", "is_finished", "join",
    "join_all", "keys", "load", "map", "map_ok", "map_or", "map_or_else", "map_while", "new",
    "occupied", "partial_cmp", "poll", "poll_unpin", "product", "push", "push_back",
    "push_front", "put", "repeat", "replace_with", "reserve", "reserve_exact", "resize",
    "resize_with", "retain", "retain_mut", "reverse", "rotate_left", "rotate_right", "rsplit",
    "scan", "select_next_some", "send", "set", "set_len", "shrink_to", "shrink_to_fit",
    "size_hint", "sort", "sort_by", "sort_by_cached_key", "sort_by_key", "sort_unstable",
    "sort_unstable_by", "sort_unstable_by_key", "splice", "split", "split_inclusive",
    "splitn", "store", "subscribe", "sum", "swap", "swap_with_slice", "then", "then_some",
    "throttle", "timeout", "to_string", "truncate", "try_collect", "try_fold", "try_for_each",
    "try_insert", "try_into", "try_reserve", "try_send", "tuple_windows", "type_id",
    "unwrap_err", "unzip", "update", "vacant", "with", "with_capacity", "with_mut",
    "write_all", "zip",
];

/// String methods that give a string (sorted).
#[rustfmt::skip]
pub(super) const STRING_SAME: &[&str] = &[
    "as_deref", "as_mut", "as_mut_str", "as_ref", "as_str", "borrow", "clone", "concat",
    "default", "deref", "drain", "escape_debug", "escape_default", "escape_unicode", "expect",
    "format", "from", "from_iter", "from_str", "from_utf8", "from_utf8_lossy",
    "from_utf8_unchecked", "get", "get_mut", "get_unchecked", "index", "into_boxed_str",
    "into_owned", "into_string", "join", "map_err", "new", "nfc", "nfd", "ok", "repeat",
    "replace", "replacen", "split_off", "strip_prefix", "strip_suffix", "to_ascii_lowercase",
    "to_ascii_uppercase", "to_lowercase", "to_owned", "to_str", "to_string",
    "to_string_lossy", "to_uppercase", "trim", "trim_end", "trim_end_matches", "trim_left",
    "trim_matches", "trim_right", "trim_start", "trim_start_matches", "unwrap", "unwrap_or",
    "unwrap_or_default", "unwrap_or_else", "with_capacity",
];

/// String methods that give a sequence (sorted).
#[rustfmt::skip]
pub(super) const STRING_LIST: &[&str] = &[
    "as_bytes", "as_bytes_mut", "bytes", "char_indices", "chars", "encode_utf16",
    "into_bytes", "into_chars", "lines", "match_indices", "matches", "rmatches", "rsplit",
    "rsplit_once", "rsplit_terminator", "rsplitn", "split", "split_ascii_whitespace",
    "split_at", "split_inclusive", "split_once", "split_terminator", "split_whitespace",
    "splitn", "to_vec",
];

/// String methods that give a truth value (sorted).
#[rustfmt::skip]
pub(super) const STRING_BOOL: &[&str] = &[
    "contains", "ends_with", "eq", "eq_ignore_ascii_case", "ge", "gt", "is_ascii",
    "is_char_boundary", "is_empty", "is_err", "is_none", "is_ok", "is_some", "le", "lt", "ne",
    "starts_with",
];

/// String methods that give a number (sorted).
#[rustfmt::skip]
pub(super) const STRING_INT: &[&str] = &[
    "capacity", "ceil_char_boundary", "find", "floor_char_boundary", "len", "rfind",
];

/// Other string methods (sorted).
#[rustfmt::skip]
pub(super) const STRING_OTHER: &[&str] = &[
    "and_then", "as_mut_vec", "as_ptr", "bytes_mut", "chain", "clear", "cmp", "extend", "fmt",
    "hash", "insert", "insert_str", "into", "into_iter", "iter", "leak",
    "make_ascii_lowercase", "make_ascii_uppercase", "map", "parse", "partial_cmp", "pop",
    "push", "push_str", "remove", "replace_range", "reserve", "reserve_exact", "retain",
    "serialize", "shrink_to_fit", "to_socket_addrs", "to_value", "trim_ascii", "truncate",
    "try_into", "write_char", "write_fmt", "write_str",
];

/// Members of number types that give a number (sorted).
#[rustfmt::skip]
pub(super) const NUMBER_SAME: &[&str] = &[
    "BITS", "EPSILON", "INFINITY", "MAX", "MAX_VALUE", "MIN", "MIN_POSITIVE", "NAN",
    "NEG_INFINITY", "abs", "abs_diff", "acos", "add", "asin", "atan", "atan2", "bitand",
    "bitor", "bitxor", "cbrt", "ceil", "checked_add", "checked_div", "checked_mul",
    "checked_neg", "checked_next_power_of_two", "checked_pow", "checked_rem", "checked_shl",
    "checked_shr", "checked_sub", "clamp", "clone", "cloned", "copied", "copysign", "cos",
    "cosh", "count_ones", "count_zeros", "default", "div", "div_ceil", "div_euclid", "exp",
    "exp2", "expect", "fetch_add", "fetch_and", "fetch_max", "fetch_min", "fetch_or",
    "fetch_sub", "fetch_xor", "floor", "fract", "from_be", "from_be_bytes", "from_bits",
    "from_le", "from_le_bytes", "from_ne_bytes", "from_str_radix", "get", "hypot", "ilog",
    "ilog10", "ilog2", "isqrt", "leading_ones", "leading_zeros", "ln", "load", "log", "log10",
    "log2", "max", "midpoint", "min", "mul", "mul_add", "neg", "next_multiple_of",
    "next_power_of_two", "not", "pow", "powf", "powi", "recip", "rem", "rem_euclid",
    "reverse_bits", "rotate_left", "rotate_right", "round", "saturating_add",
    "saturating_div", "saturating_mul", "saturating_pow", "saturating_sub", "shl", "shr",
    "signum", "sin", "sinh", "sqrt", "sub", "swap", "swap_bytes", "tan", "tanh", "to_be",
    "to_bits", "to_degrees", "to_le", "to_owned", "to_radians", "trailing_ones",
    "trailing_zeros", "trunc", "unsigned_abs", "unwrap", "unwrap_or", "unwrap_or_default",
    "unwrap_or_else", "wrapping_add", "wrapping_div", "wrapping_mul", "wrapping_neg",
    "wrapping_pow", "wrapping_shl", "wrapping_shr", "wrapping_sub",
];

/// Members of number types that give a truth value (sorted).
#[rustfmt::skip]
pub(super) const NUMBER_BOOL: &[&str] = &[
    "eq", "ge", "gt", "is_finite", "is_infinite", "is_nan", "is_negative", "is_normal",
    "is_positive", "is_power_of_two", "is_sign_negative", "is_sign_positive", "le", "lt",
    "ne",
];

/// Other members of number types (sorted).
#[rustfmt::skip]
pub(super) const NUMBER_OTHER: &[&str] = &[
    "and_then", "as_str", "cmp", "compare_exchange", "compare_exchange_weak", "fetch_update",
    "fmt", "from", "from_str", "hash", "into", "into_inner", "is_eq", "is_gt", "is_lt", "map",
    "new", "ok_or", "ok_or_else", "overflowing_add", "overflowing_mul", "overflowing_neg",
    "overflowing_sub", "parse", "partial_cmp", "reverse", "store", "then", "then_some",
    "then_with", "to_be_bytes", "to_le_bytes", "to_ne_bytes", "total_cmp", "try_from",
    "try_into",
];

/// Methods of `char` that give a truth value (sorted).
#[rustfmt::skip]
pub(super) const CHAR_BOOL: &[&str] = &[
    "eq", "eq_ignore_ascii_case", "is_alphabetic", "is_alphanumeric", "is_ascii",
    "is_ascii_alphabetic", "is_ascii_alphanumeric", "is_ascii_control", "is_ascii_digit",
    "is_ascii_graphic", "is_ascii_hexdigit", "is_ascii_lowercase", "is_ascii_punctuation",
    "is_ascii_uppercase", "is_ascii_whitespace", "is_control", "is_digit", "is_lowercase",
    "is_numeric", "is_uppercase", "is_whitespace", "ne",
];

/// Members of `char` that give a character (sorted).
#[rustfmt::skip]
pub(super) const CHAR_SAME: &[&str] = &[
    "MAX", "REPLACEMENT_CHARACTER", "clone", "from_digit", "from_u32", "to_ascii_lowercase",
    "to_ascii_uppercase", "unwrap",
];

/// Other methods of `char` (sorted).
#[rustfmt::skip]
pub(super) const CHAR_OTHER: &[&str] = &[
    "cmp", "encode_utf8", "escape_debug", "escape_default", "escape_unicode", "fmt", "hash",
    "into", "len_utf16", "len_utf8", "to_digit", "to_lowercase", "to_string", "to_uppercase",
];

/// Methods of paths that give a path (sorted).
#[rustfmt::skip]
pub(super) const PATH_SAME: &[&str] = &[
    "absolutize", "ancestors", "as_os_str", "as_path", "as_ref", "borrow", "canonicalize",
    "clone", "components", "default", "expect", "from", "into_boxed_path", "into_os_string",
    "into_path_buf", "iter", "join", "map_err", "new", "normalize", "ok", "parent", "path",
    "read_link", "strip_prefix", "to_owned", "to_path_buf", "unwrap", "unwrap_or",
    "unwrap_or_default", "unwrap_or_else", "with_added_extension", "with_extension",
    "with_file_name",
];

/// Methods of paths that give a string (sorted).
#[rustfmt::skip]
pub(super) const PATH_STRING: &[&str] = &[
    "as_encoded_bytes", "display", "extension", "file_name", "file_stem", "into_string",
    "to_str", "to_string", "to_string_lossy",
];

/// Methods of paths that give a truth value (sorted).
#[rustfmt::skip]
pub(super) const PATH_BOOL: &[&str] = &[
    "ends_with", "eq", "exists", "has_root", "is_absolute", "is_dir", "is_empty", "is_file",
    "is_relative", "is_symlink", "ne", "starts_with", "try_exists",
];

/// Other methods of paths (sorted).
#[rustfmt::skip]
pub(super) const PATH_OTHER: &[&str] = &[
    "and_then", "clear", "cmp", "extend", "fmt", "hash", "insert", "into", "map", "metadata",
    "pop", "prefix", "push", "read_dir", "reserve", "set_extension", "set_file_name",
    "symlink_metadata",
];

/// Members of times and durations that give a time or duration (sorted).
#[rustfmt::skip]
pub(super) const TIME_SAME: &[&str] = &[
    "MAX", "UNIX_EPOCH", "ZERO", "abs_diff", "add", "as_ref", "checked_add",
    "checked_duration_since", "checked_sub", "clamp", "clone", "default", "div", "div_f32",
    "div_f64", "duration_since", "elapsed", "expect", "from_days", "from_hours",
    "from_micros", "from_millis", "from_mins", "from_nanos", "from_secs", "from_secs_f32",
    "from_secs_f64", "from_std", "into_std", "max", "min", "mul", "mul_f32", "mul_f64", "new",
    "now", "saturating_add", "saturating_duration_since", "saturating_sub", "sub", "unwrap",
    "unwrap_or", "unwrap_or_default",
];

/// Methods of durations that give a number (sorted).
#[rustfmt::skip]
pub(super) const TIME_INT: &[&str] = &[
    "as_micros", "as_millis", "as_nanos", "as_secs", "as_secs_f32", "as_secs_f64",
    "subsec_micros", "subsec_millis", "subsec_nanos",
];

/// Other methods of times and durations (sorted).
#[rustfmt::skip]
pub(super) const TIME_OTHER: &[&str] = &[
    "cmp", "eq", "fmt", "ge", "gt", "hash", "into", "is_zero", "le", "lt", "map", "ne",
    "partial_cmp",
];
