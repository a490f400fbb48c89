//! What the standard library's types can do.
//!
//! There is no source of `java.lang` and `java.util` to bind to, and a call of their methods must
//! never bind to a project's method of the same name. So the members of the types that occur
//! everywhere are listed, with what they give where chains go on.

use crate::languages::{BuiltinResult, View};

/// Types of `java.lang`, which need no import.
pub(super) const BUILTINS: &[&str] = &[
    "AbstractMethodError",
    "Appendable",
    "ArithmeticException",
    "ArrayIndexOutOfBoundsException",
    "ArrayStoreException",
    "AssertionError",
    "AutoCloseable",
    "Boolean",
    "Byte",
    "CharSequence",
    "Character",
    "Class",
    "ClassCastException",
    "ClassLoader",
    "ClassNotFoundException",
    "CloneNotSupportedException",
    "Cloneable",
    "Comparable",
    "Deprecated",
    "Double",
    "Enum",
    "Error",
    "Exception",
    "ExceptionInInitializerError",
    "Float",
    "FunctionalInterface",
    "IllegalAccessException",
    "IllegalArgumentException",
    "IllegalMonitorStateException",
    "IllegalStateException",
    "IllegalThreadStateException",
    "IndexOutOfBoundsException",
    "InheritableThreadLocal",
    "InstantiationException",
    "Integer",
    "InternalError",
    "InterruptedException",
    "Iterable",
    "LinkageError",
    "Long",
    "Math",
    "Module",
    "NegativeArraySizeException",
    "NoClassDefFoundError",
    "NoSuchFieldError",
    "NoSuchFieldException",
    "NoSuchMethodError",
    "NoSuchMethodException",
    "NullPointerException",
    "Number",
    "NumberFormatException",
    "Object",
    "OutOfMemoryError",
    "Override",
    "Package",
    "Process",
    "ProcessBuilder",
    "ProcessHandle",
    "Readable",
    "Record",
    "ReflectiveOperationException",
    "Runnable",
    "Runtime",
    "RuntimeException",
    "SafeVarargs",
    "SecurityException",
    "SecurityManager",
    "Short",
    "StackOverflowError",
    "StackTraceElement",
    "StackWalker",
    "StrictMath",
    "String",
    "StringBuffer",
    "StringBuilder",
    "StringIndexOutOfBoundsException",
    "SuppressWarnings",
    "System",
    "Thread",
    "ThreadDeath",
    "ThreadGroup",
    "ThreadLocal",
    "Throwable",
    "TypeNotPresentException",
    "UnsupportedOperationException",
    "VerifyError",
    "VirtualMachineError",
    "Void",
];

/// Methods that types of the standard library have, and everybody else's too.
pub(super) const COMMON_MEMBERS: &[&str] = &[
    "accept",
    "add",
    "addAll",
    "addFirst",
    "addLast",
    "allMatch",
    "and",
    "andThen",
    "anyMatch",
    "append",
    "apply",
    "asList",
    "available",
    "await",
    "build",
    "builder",
    "call",
    "cancel",
    "cast",
    "ceil",
    "charAt",
    "chars",
    "clear",
    "clone",
    "close",
    "collect",
    "compare",
    "compareTo",
    "compareToIgnoreCase",
    "complete",
    "compose",
    "compute",
    "computeIfAbsent",
    "computeIfPresent",
    "concat",
    "contains",
    "containsAll",
    "containsKey",
    "containsValue",
    "copy",
    "copyOf",
    "count",
    "create",
    "currentTimeMillis",
    "debug",
    "decode",
    "delete",
    "distinct",
    "encode",
    "endsWith",
    "entrySet",
    "equals",
    "equalsIgnoreCase",
    "error",
    "execute",
    "exists",
    "exit",
    "filter",
    "find",
    "findAny",
    "findFirst",
    "first",
    "flatMap",
    "flush",
    "forEach",
    "format",
    "from",
    "get",
    "getAll",
    "getAnnotation",
    "getBody",
    "getBytes",
    "getCause",
    "getClass",
    "getCode",
    "getContent",
    "getData",
    "getDate",
    "getDay",
    "getFile",
    "getFirst",
    "getHeader",
    "getHeaders",
    "getHost",
    "getId",
    "getInputStream",
    "getInstance",
    "getInt",
    "getKey",
    "getLast",
    "getLong",
    "getMessage",
    "getMethod",
    "getMonth",
    "getName",
    "getOrDefault",
    "getOutputStream",
    "getParameter",
    "getParent",
    "getPath",
    "getPort",
    "getProperty",
    "getResource",
    "getSession",
    "getSimpleName",
    "getSize",
    "getStackTrace",
    "getStatus",
    "getString",
    "getText",
    "getTime",
    "getType",
    "getUrl",
    "getValue",
    "getWriter",
    "getYear",
    "handle",
    "hasMoreElements",
    "hasNext",
    "hashCode",
    "identity",
    "ifPresent",
    "indexOf",
    "info",
    "init",
    "insert",
    "intValue",
    "invoke",
    "isAfter",
    "isBefore",
    "isBlank",
    "isDirectory",
    "isEmpty",
    "isInstance",
    "isInterface",
    "isPresent",
    "iterator",
    "join",
    "key",
    "keySet",
    "last",
    "lastIndexOf",
    "length",
    "limit",
    "lines",
    "list",
    "listIterator",
    "load",
    "lock",
    "log",
    "longValue",
    "map",
    "mapToInt",
    "match",
    "matcher",
    "matches",
    "max",
    "merge",
    "min",
    "minus",
    "name",
    "negate",
    "newInstance",
    "next",
    "nextInt",
    "nextLine",
    "noneMatch",
    "notify",
    "notifyAll",
    "now",
    "of",
    "ofNullable",
    "offer",
    "open",
    "or",
    "orElse",
    "orElseGet",
    "orElseThrow",
    "ordinal",
    "parallelStream",
    "parse",
    "parseInt",
    "peek",
    "plus",
    "poll",
    "pop",
    "post",
    "print",
    "printStackTrace",
    "printf",
    "println",
    "process",
    "push",
    "put",
    "putAll",
    "putIfAbsent",
    "read",
    "readLine",
    "readObject",
    "reduce",
    "release",
    "remove",
    "removeAll",
    "removeIf",
    "replace",
    "replaceAll",
    "reset",
    "retainAll",
    "reverse",
    "reversed",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "setAccessible",
    "setHeader",
    "setId",
    "setName",
    "setProperty",
    "setStatus",
    "setType",
    "setValue",
    "shutdown",
    "size",
    "skip",
    "sleep",
    "sort",
    "sorted",
    "split",
    "start",
    "startsWith",
    "stop",
    "stream",
    "strip",
    "subList",
    "submit",
    "substring",
    "sum",
    "test",
    "thenAccept",
    "thenApply",
    "thenCompose",
    "toArray",
    "toByteArray",
    "toCharArray",
    "toInstant",
    "toList",
    "toLowerCase",
    "toMap",
    "toString",
    "toUpperCase",
    "toUri",
    "transform",
    "trim",
    "type",
    "unlock",
    "update",
    "validate",
    "value",
    "valueOf",
    "values",
    "visit",
    "wait",
    "warn",
    "with",
    "write",
    "writeObject",
    "zip",
];

/// What member `name` of the built-in type `type_name` gives.
pub(super) fn member(type_name: &str, name: &str) -> Option<BuiltinResult> {
    let own = match type_name {
        "str" | "String" | "CharSequence" => text_member(name),
        "StringBuilder" | "StringBuffer" => builder_member(name),
        "int" | "long" | "short" | "byte" | "char" | "float" | "double" | "bool" | "Number"
        | "Integer" | "Long" | "Short" | "Byte" | "Double" | "Float" | "Boolean" | "Character"
        | "Atomic" => number_member(name),
        "List" | "Set" | "Stream" | "Optional" | "Iterator" | "list" | "Iterable" => {
            collection_member(name)
        }
        "Map" | "dict" => map_member(name),
        "Entry" => entry_member(name),
        "System" | "Math" | "StrictMath" | "Runtime" => system_member(name),
        "Thread" | "Runnable" | "ThreadLocal" => thread_member(name),
        "Class" => class_member(name),
        "Logger" => logger_member(name),
        _ => None,
    };
    let throwable = matches!(type_name, "Throwable" | "Error" | "AssertionError")
        || type_name.ends_with("Exception");
    own.or_else(|| if throwable { throwable_member(name) } else { None })
        .or_else(|| object_member(name))
}

fn object_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "equals" => BuiltinResult::Type("bool"),
        "hashCode" | "compareTo" | "compare" => BuiltinResult::Type("int"),
        "toString" => BuiltinResult::Type("str"),
        "getClass" => BuiltinResult::Type("Class"),
        "clone" => BuiltinResult::Receiver,
        "notify" | "notifyAll" | "wait" | "finalize" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn entry_member(name: &str) -> Option<BuiltinResult> {
    match name {
        "getValue" => Some(BuiltinResult::Element),
        "getKey" | "setValue" => Some(BuiltinResult::Unknown),
        _ => None,
    }
}

/// What any object can do.
pub(super) fn universal_member(name: &str) -> Option<BuiltinResult> {
    if matches!(name, "compareTo" | "compare" | "clone") { None } else { object_member(name) }
}

fn text_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "concat" | "copyValueOf" | "describeConstable" | "format" | "formatted" | "indent"
        | "intern" | "join" | "repeat" | "replace" | "replaceAll" | "replaceFirst" | "strip"
        | "stripIndent" | "stripLeading" | "stripTrailing" | "subSequence" | "substring"
        | "toLowerCase" | "toUpperCase" | "translateEscapes" | "trim" | "valueOf" => {
            BuiltinResult::Type("str")
        }
        "contains" | "contentEquals" | "endsWith" | "equalsIgnoreCase" | "isBlank" | "isEmpty"
        | "matches" | "regionMatches" | "startsWith" => BuiltinResult::Type("bool"),
        "charAt" => BuiltinResult::Type("char"),
        "codePointAt"
        | "codePointBefore"
        | "codePointCount"
        | "compareToIgnoreCase"
        | "indexOf"
        | "lastIndexOf"
        | "length"
        | "offsetByCodePoints" => BuiltinResult::Type("int"),
        "split" | "toCharArray" | "getBytes" | "getChars" => BuiltinResult::Type("list"),
        "chars" | "codePoints" | "lines" => BuiltinResult::Type("Stream"),
        "CASE_INSENSITIVE_ORDER" | "transform" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn builder_member(name: &str) -> Option<BuiltinResult> {
    match name {
        "append" | "appendCodePoint" | "delete" | "deleteCharAt" | "insert" | "replace"
        | "reverse" => Some(BuiltinResult::Receiver),
        "capacity" => Some(BuiltinResult::Type("int")),
        "ensureCapacity" | "setCharAt" | "setLength" | "trimToSize" => Some(BuiltinResult::Unknown),
        other => text_member(other),
    }
}

fn number_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "bitCount"
        | "codePointAt"
        | "compareUnsigned"
        | "decode"
        | "digit"
        | "forDigit"
        | "getNumericValue"
        | "getType"
        | "highestOneBit"
        | "intValue"
        | "max"
        | "min"
        | "numberOfLeadingZeros"
        | "numberOfTrailingZeros"
        | "parseInt"
        | "parseUnsignedInt"
        | "reverse"
        | "rotateLeft"
        | "rotateRight"
        | "signum"
        | "sum"
        | "MAX_VALUE"
        | "MIN_VALUE"
        | "SIZE"
        | "BYTES"
        | "incrementAndGet"
        | "decrementAndGet"
        | "getAndIncrement"
        | "getAndDecrement"
        | "addAndGet"
        | "getAndAdd"
        | "toChars"
        | "charCount"
        | "floatToIntBits"
        | "remainderUnsigned" => BuiltinResult::Type("int"),
        "byteValue" | "parseByte" => BuiltinResult::Type("byte"),
        "shortValue" | "parseShort" => BuiltinResult::Type("short"),
        "longValue" | "parseLong" | "doubleToLongBits" | "toUnsignedLong" => {
            BuiltinResult::Type("long")
        }
        "charValue" => BuiltinResult::Type("char"),
        "floatValue" | "parseFloat" | "intBitsToFloat" => BuiltinResult::Type("float"),
        "doubleValue" | "parseDouble" | "POSITIVE_INFINITY" | "NEGATIVE_INFINITY" | "NaN"
        | "longBitsToDouble" => BuiltinResult::Type("double"),
        "booleanValue"
        | "isDigit"
        | "isFinite"
        | "isInfinite"
        | "isLetter"
        | "isLetterOrDigit"
        | "isLowerCase"
        | "isNaN"
        | "isUpperCase"
        | "isWhitespace"
        | "logicalAnd"
        | "logicalOr"
        | "logicalXor"
        | "parseBoolean"
        | "compareAndSet"
        | "isSurrogate"
        | "isHighSurrogate"
        | "isLowSurrogate"
        | "isAlphabetic"
        | "isJavaIdentifierStart"
        | "isJavaIdentifierPart"
        | "isSpaceChar"
        | "isISOControl"
        | "TRUE"
        | "FALSE" => BuiltinResult::Type("bool"),
        "toBinaryString" | "toHexString" | "toOctalString" | "toUnsignedString" | "getName" => {
            BuiltinResult::Type("str")
        }
        "toLowerCase" | "toUpperCase" | "valueOf" => BuiltinResult::Receiver,
        "TYPE" => BuiltinResult::Type("Class"),
        "accumulateAndGet" | "get" | "getAndSet" | "getAndUpdate" | "getPlain" | "lazySet"
        | "set" | "updateAndGet" | "increment" | "decrement" | "add" | "reset"
        | "weakCompareAndSet" | "getInteger" | "getLong" | "getBoolean" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn collection_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "element" | "first" | "get" | "getFirst" | "getLast" | "last" | "next" | "orElse"
        | "orElseGet" | "orElseThrow" | "peekFirst" | "peekLast" | "poll" | "pollFirst"
        | "pollLast" | "pop" | "previous" | "reduce" | "removeFirst" | "removeLast" | "set"
        | "firstElement" | "lastElement" | "elementAt" | "nextElement" | "getAsInt"
        | "getAsDouble" | "getAsLong" | "floor" | "ceiling" | "higher" | "lower" | "take" => {
            BuiltinResult::Element
        }
        "asIterator" | "boxed" | "collect" | "descendingIterator" | "distinct" | "dropWhile"
        | "filter" | "findAny" | "findFirst" | "headSet" | "iterator" | "limit"
        | "listIterator" | "max" | "min" | "of" | "ofNullable" | "onClose" | "or" | "parallel"
        | "parallelStream" | "peek" | "reversed" | "sequential" | "skip" | "sorted"
        | "spliterator" | "stream" | "subList" | "subSet" | "tailSet" | "takeWhile" | "toList"
        | "unordered" | "copyOf" | "descendingSet" | "clone" | "toArray" => BuiltinResult::Receiver,
        "add" | "addAll" | "allMatch" | "anyMatch" | "contains" | "containsAll"
        | "hasMoreElements" | "hasNext" | "hasPrevious" | "isEmpty" | "isPresent" | "noneMatch"
        | "offer" | "offerFirst" | "offerLast" | "removeAll" | "removeIf" | "retainAll"
        | "empty" => BuiltinResult::Type("bool"),
        "map" => BuiltinResult::Mapped,
        "flatMap" => BuiltinResult::Flattened,
        "count" | "indexOf" | "lastIndexOf" | "length" | "nextIndex" | "previousIndex" | "size"
        | "sum" | "search" => BuiltinResult::Type("int"),
        "average" | "asDoubleStream" | "asLongStream" | "mapToDouble" | "mapToInt"
        | "mapToLong" | "mapToObj" | "mapMulti" | "flatMapToInt" | "chars" | "addFirst"
        | "addLast" | "clear" | "close" | "ensureCapacity" | "forEach" | "forEachOrdered"
        | "forEachRemaining" | "ifPresent" | "ifPresentOrElse" | "push" | "put" | "remove"
        | "replaceAll" | "sort" | "trimToSize" | "concat" | "generate" | "iterate" | "range"
        | "rangeClosed" | "builder" | "drainTo" | "noneOf" | "allOf" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn map_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "compute" | "computeIfAbsent" | "computeIfPresent" | "get" | "getOrDefault" | "merge"
        | "put" | "putIfAbsent" | "remove" | "replace" => BuiltinResult::Element,
        "containsKey" | "containsValue" | "isEmpty" | "contains" => BuiltinResult::Type("bool"),
        "size" => BuiltinResult::Type("int"),
        "entrySet" => BuiltinResult::Seen(View::Entries),
        "keySet" | "navigableKeySet" | "descendingKeySet" => BuiltinResult::Seen(View::Keys),
        "values" => BuiltinResult::Seen(View::Values),
        "copyOf" | "descendingMap" | "headMap" | "subMap" | "tailMap" => BuiltinResult::Receiver,
        "clear" | "entry" | "firstEntry" | "firstKey" | "floorEntry" | "floorKey"
        | "ceilingEntry" | "ceilingKey" | "higherEntry" | "higherKey" | "lowerEntry"
        | "lowerKey" | "forEach" | "lastEntry" | "lastKey" | "of" | "ofEntries"
        | "pollFirstEntry" | "pollLastEntry" | "putAll" | "replaceAll" | "Entry" | "comparator"
        | "keys" | "elements" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn system_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "currentTimeMillis"
        | "nanoTime"
        | "identityHashCode"
        | "abs"
        | "addExact"
        | "floorDiv"
        | "floorMod"
        | "max"
        | "min"
        | "multiplyExact"
        | "negateExact"
        | "round"
        | "subtractExact"
        | "toIntExact"
        | "incrementExact"
        | "availableProcessors"
        | "freeMemory"
        | "maxMemory"
        | "totalMemory" => BuiltinResult::Type("int"),
        "acos" | "asin" | "atan" | "atan2" | "cbrt" | "ceil" | "cos" | "exp" | "floor"
        | "hypot" | "log" | "log10" | "pow" | "random" | "rint" | "signum" | "sin" | "sqrt"
        | "tan" | "toDegrees" | "toRadians" | "PI" | "E" | "sinh" | "cosh" | "tanh" | "ulp" => {
            BuiltinResult::Type("float")
        }
        "getProperty" | "getenv" | "lineSeparator" | "setProperty" | "clearProperty" => {
            BuiltinResult::Type("str")
        }
        "out" | "err" | "in" | "arraycopy" | "exit" | "gc" | "getLogger" | "getProperties"
        | "getSecurityManager" | "load" | "loadLibrary" | "runFinalization" | "setErr"
        | "setIn" | "setOut" | "setProperties" | "setSecurityManager" | "getRuntime" | "exec"
        | "addShutdownHook" | "halt" | "console" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn thread_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "currentThread" => BuiltinResult::Type("Thread"),
        "getName" => BuiltinResult::Type("str"),
        "getId" | "getPriority" | "activeCount" => BuiltinResult::Type("int"),
        "interrupted" | "isAlive" | "isDaemon" | "isInterrupted" => BuiltinResult::Type("bool"),
        "get"
        | "getAllStackTraces"
        | "getContextClassLoader"
        | "getStackTrace"
        | "getState"
        | "getThreadGroup"
        | "getUncaughtExceptionHandler"
        | "interrupt"
        | "join"
        | "remove"
        | "run"
        | "set"
        | "setContextClassLoader"
        | "setDaemon"
        | "setName"
        | "setPriority"
        | "setUncaughtExceptionHandler"
        | "setDefaultUncaughtExceptionHandler"
        | "sleep"
        | "start"
        | "stop"
        | "withInitial"
        | "yield"
        | "dumpStack"
        | "onSpinWait"
        | "ofVirtual"
        | "startVirtualThread" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn class_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "getCanonicalName" | "getName" | "getPackageName" | "getSimpleName" | "getTypeName"
        | "toGenericString" => BuiltinResult::Type("str"),
        "isAnnotation"
        | "isAnnotationPresent"
        | "isAnonymousClass"
        | "isArray"
        | "isAssignableFrom"
        | "isEnum"
        | "isInstance"
        | "isInterface"
        | "isLocalClass"
        | "isMemberClass"
        | "isPrimitive"
        | "isRecord"
        | "isSynthetic"
        | "isHidden"
        | "isSealed"
        | "desiredAssertionStatus" => BuiltinResult::Type("bool"),
        "getModifiers" => BuiltinResult::Type("int"),
        "getComponentType" | "getDeclaringClass" | "getEnclosingClass" | "getSuperclass"
        | "forName" | "asSubclass" | "arrayType" | "componentType" => BuiltinResult::Type("Class"),
        "cast" | "newInstance" => BuiltinResult::Element,
        "getAnnotatedSuperclass"
        | "getAnnotation"
        | "getAnnotations"
        | "getClassLoader"
        | "getClasses"
        | "getConstructor"
        | "getConstructors"
        | "getDeclaredAnnotation"
        | "getDeclaredAnnotations"
        | "getDeclaredConstructor"
        | "getDeclaredConstructors"
        | "getDeclaredField"
        | "getDeclaredFields"
        | "getDeclaredMethod"
        | "getDeclaredMethods"
        | "getEnclosingMethod"
        | "getEnumConstants"
        | "getField"
        | "getFields"
        | "getGenericInterfaces"
        | "getGenericSuperclass"
        | "getInterfaces"
        | "getMethod"
        | "getMethods"
        | "getModule"
        | "getNestHost"
        | "getPackage"
        | "getProtectionDomain"
        | "getRecordComponents"
        | "getResource"
        | "getResourceAsStream"
        | "getTypeParameters"
        | "getAnnotationsByType"
        | "getDeclaredClasses" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn throwable_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "getMessage" | "getLocalizedMessage" => BuiltinResult::Type("str"),
        "getCause" | "initCause" | "fillInStackTrace" => BuiltinResult::Type("Throwable"),
        "addSuppressed" | "getStackTrace" | "getSuppressed" | "printStackTrace"
        | "setStackTrace" => BuiltinResult::Unknown,
        _ => return None,
    })
}

fn logger_member(name: &str) -> Option<BuiltinResult> {
    Some(match name {
        "isDebugEnabled" | "isErrorEnabled" | "isInfoEnabled" | "isTraceEnabled"
        | "isWarnEnabled" | "isLoggable" => BuiltinResult::Type("bool"),
        "getName" => BuiltinResult::Type("str"),
        "atDebug" | "atError" | "atInfo" | "atTrace" | "atWarn" | "config" | "debug"
        | "entering" | "error" | "exiting" | "fatal" | "fine" | "finer" | "finest" | "info"
        | "log" | "severe" | "throwing" | "trace" | "warn" | "warning" => BuiltinResult::Unknown,
        _ => return None,
    })
}
