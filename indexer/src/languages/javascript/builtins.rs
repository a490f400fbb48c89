//! What the language, browsers and Node bring along.
//!
//! These tables are negative evidence: `map.get` on a `Map` is the built-in one and can never be
//! a project's `get`. They also carry types through chains: `text.split(",").map(…)` is a list.

use crate::languages::language::{BuiltinResult, View};
use BuiltinResult::{
    Chained, Element, Flattened, Mapped, Receiver, Seen, SeenArgument, Type, Unknown,
};

/// Names that are visible without an import: of the language, of browsers, of Node, of
/// TypeScript's library.
#[rustfmt::skip]
pub(super) const GLOBALS: &[&str] = &[
    "AbortController", "AbortSignal", "AggregateError", "Array", "ArrayBuffer", "ArrayLike",
    "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Atomics", "Audio", "AudioContext",
    "Awaited", "BigInt", "BigInt64Array", "BigUint64Array", "Blob", "Boolean",
    "BroadcastChannel", "Buffer", "Bun", "ByteLengthQueuingStrategy", "CSS", "CSSStyleSheet",
    "CanvasRenderingContext2D", "Capitalize", "ConstructorParameters", "Crypto", "CryptoKey",
    "CustomEvent", "DOMException", "DOMParser", "DOMRect", "DataTransfer", "DataView", "Date",
    "Deno", "DocumentFragment", "Element", "Error", "EvalError", "Event", "EventSource",
    "EventTarget", "Exclude", "Extract", "File", "FileList", "FileReader",
    "FinalizationRegistry", "Float32Array", "Float64Array", "FormData", "Function", "Generator",
    "HTMLAnchorElement", "HTMLButtonElement", "HTMLCanvasElement", "HTMLDivElement",
    "HTMLElement", "HTMLFormElement", "HTMLImageElement", "HTMLInputElement",
    "HTMLSelectElement", "HTMLTextAreaElement", "Headers", "IDBDatabase", "Image", "ImageData",
    "Infinity", "InstanceType", "Int16Array", "Int32Array", "Int8Array", "InternalError",
    "IntersectionObserver", "Intl", "Iterable", "IterableIterator", "Iterator", "JSON", "JSX",
    "KeyboardEvent", "Lowercase", "Map", "Math", "MessageChannel", "MessageEvent", "MouseEvent",
    "MutationObserver", "NaN", "Node", "NodeJS", "NodeList", "NonNullable", "Notification",
    "Number", "Object", "Omit", "Parameters", "Partial", "Performance", "PerformanceObserver",
    "Pick", "PointerEvent", "Promise", "PromiseLike", "PropertyDescriptor", "PropertyKey",
    "Proxy", "RangeError", "ReadableStream", "Readonly", "ReadonlyArray", "ReadonlyMap",
    "ReadonlySet", "Record", "ReferenceError", "Reflect", "RegExp", "RegExpExecArray",
    "RegExpMatchArray", "Request", "RequestInfo", "RequestInit", "Required", "ResizeObserver",
    "Response", "ReturnType", "SVGElement", "Set", "SharedArrayBuffer", "SharedWorker",
    "Storage", "String", "SubtleCrypto", "Symbol", "SyntaxError", "TemplateStringsArray",
    "TextDecoder", "TextEncoder", "Thenable", "ThisType", "TouchEvent", "TransformStream",
    "TypeError", "URIError", "URL", "URLSearchParams", "Uint16Array", "Uint32Array",
    "Uint8Array", "Uint8ClampedArray", "Uncapitalize", "Uppercase", "WeakMap", "WeakRef",
    "WeakSet", "WebAssembly", "WebSocket", "Window", "Worker", "WritableStream",
    "XMLHttpRequest", "__dirname", "__filename", "addEventListener", "alert", "arguments",
    "atob", "btoa", "caches", "cancelAnimationFrame", "cancelIdleCallback", "clearImmediate",
    "clearInterval", "clearTimeout", "confirm", "console", "createImageBitmap", "crypto",
    "customElements", "decodeURI", "decodeURIComponent", "devicePixelRatio", "dispatchEvent",
    "document", "encodeURI", "encodeURIComponent", "escape", "eval", "fetch", "getComputedStyle",
    "getSelection", "global", "globalThis", "history", "import.meta", "importScripts", "indexedDB",
    "innerHeight", "innerWidth", "isFinite", "isNaN", "localStorage", "location", "matchMedia",
    "module", "navigator", "parseFloat", "parseInt", "performance", "postMessage", "process",
    "prompt", "queueMicrotask", "removeEventListener", "reportError", "requestAnimationFrame",
    "requestIdleCallback", "require", "screen", "scrollBy", "scrollTo", "scrollX", "scrollY",
    "self", "sessionStorage", "setImmediate", "setInterval", "setTimeout", "speechSynthesis",
    "structuredClone", "undefined", "unescape", "window",
];

/// Members too common to be guessed from their names.
#[rustfmt::skip]
pub(super) const COMMON_MEMBERS: &[&str] = &[
    "abort", "add", "addEventListener", "addListener", "all", "allSettled", "any", "append",
    "apply", "assign", "at", "attachEvent", "bind", "blur", "call", "cancel", "catch", "charAt",
    "charCodeAt", "clear", "clone", "close", "concat", "contains", "copy", "count", "create",
    "createElement", "debug", "delete", "destroy", "dispatch", "dispatchEvent", "emit", "end",
    "endsWith", "entries", "equals", "error", "every", "exec", "execute", "exit", "extend",
    "fill", "filter", "finally", "find", "findIndex", "first", "flat", "flatMap", "flush",
    "focus", "forEach", "format", "from", "fromEntries", "get", "getAttribute", "getElementById",
    "getItem", "getTime", "has", "hasOwnProperty", "head", "includes", "indexOf", "info", "init",
    "insert", "is", "isArray", "item", "join", "json", "keys", "last", "lastIndexOf", "length",
    "listen", "load", "lock", "log", "map", "match", "max", "merge", "min", "next", "now", "off",
    "on", "once", "open", "parse", "pause", "pipe", "play", "pop", "post", "postMessage",
    "prepend", "preventDefault", "push", "put", "querySelector", "querySelectorAll", "read",
    "reduce", "reduceRight", "refresh", "reject", "release", "remove", "removeAttribute",
    "removeEventListener", "removeItem", "removeListener", "render", "repeat", "replace",
    "replaceAll", "reset", "resolve", "resume", "return", "reverse", "run", "save", "search",
    "send", "set", "setAttribute", "setItem", "setTimeout", "shift", "size", "slice", "some",
    "sort", "splice", "split", "start", "startsWith", "stat", "status", "stop",
    "stopPropagation", "stringify", "submit", "subscribe", "substr", "substring", "sum", "tap",
    "test", "text", "then", "throw", "to", "toFixed", "toISOString", "toJSON", "toLocaleString",
    "toLowerCase", "toString", "toUpperCase", "trace", "trim", "type", "unbind", "uniq",
    "unlock", "unshift", "unsubscribe", "update", "use", "valueOf", "values", "wait", "warn",
    "write",
];

/// Modules of Node itself.
#[rustfmt::skip]
pub(super) const NODE_MODULES: &[&str] = &[
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants",
    "crypto", "dgram", "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2",
    "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode",
    "querystring", "readline", "repl", "stream", "string_decoder", "sys", "timers", "tls",
    "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
];

/// Members of one built-in type (or of several that share them) by what they give; names sorted.
type Members = &'static [(BuiltinResult, &'static [&'static str])];

#[rustfmt::skip]
const TEXT_MEMBERS: Members = &[
    (Type("bool"), &["endsWith", "includes", "isWellFormed", "startsWith"]),
    (Type("int"), &[
        "charCodeAt", "codePointAt", "indexOf", "lastIndexOf", "length", "localeCompare",
        "search",
    ]),
    (Type("list"), &["match", "matchAll", "split"]),
    (Type("str"), &[
        "anchor", "at", "big", "bold", "charAt", "concat", "link", "normalize", "padEnd",
        "padStart", "repeat", "replace", "replaceAll", "slice", "substr", "substring",
        "toLocaleLowerCase", "toLocaleUpperCase", "toLowerCase", "toString", "toUpperCase",
        "trim", "trimEnd", "trimLeft", "trimRight", "trimStart", "valueOf",
    ]),
];

#[rustfmt::skip]
const TEXT_CONSTRUCTOR_MEMBERS: Members = &[
    (Type("str"), &["fromCharCode", "fromCodePoint", "raw"]),
];

#[rustfmt::skip]
const NUMBER_MEMBERS: Members = &[
    (Type("int"), &["valueOf"]),
    (Type("str"), &["toExponential", "toFixed", "toLocaleString", "toPrecision", "toString"]),
];

#[rustfmt::skip]
const NUMBER_CONSTRUCTOR_MEMBERS: Members = &[
    (Type("bool"), &["isFinite", "isInteger", "isNaN", "isSafeInteger"]),
    (Type("int"), &[
        "EPSILON", "MAX_SAFE_INTEGER", "MAX_VALUE", "MIN_SAFE_INTEGER", "MIN_VALUE",
        "NEGATIVE_INFINITY", "NaN", "POSITIVE_INFINITY", "parseFloat", "parseInt",
    ]),
];

#[rustfmt::skip]
const BIG_INT_MEMBERS: Members = &[
    (Type("int"), &["asIntN", "asUintN"]),
];

#[rustfmt::skip]
const BOOLEAN_MEMBERS: Members = &[
    (Type("bool"), &["valueOf"]),
    (Type("str"), &["toString"]),
];

#[rustfmt::skip]
const LIST_MEMBERS: Members = &[
    (Element, &["at", "find", "findLast", "pop", "shift"]),
    (Receiver, &[
        "concat", "copyWithin", "fill", "filter", "reverse", "slice", "sort", "splice",
        "subarray", "toReversed", "toSorted", "toSpliced", "values", "with",
    ]),
    (Unknown, &["buffer", "forEach", "reduce", "reduceRight", "set"]),
    (Type("bool"), &["every", "includes", "some"]),
    (Type("int"), &[
        "byteLength", "findIndex", "findLastIndex", "indexOf", "lastIndexOf", "length", "push",
        "unshift",
    ]),
    (Type("list"), &["flat", "keys"]),
    (Seen(View::Numbered), &["entries"]),
    (Mapped, &["map"]),
    (Flattened, &["flatMap"]),
    (Type("str"), &["join", "toLocaleString", "toString"]),
];

#[rustfmt::skip]
const LIST_CONSTRUCTOR_MEMBERS: Members = &[
    (Type("bool"), &["isArray"]),
    (SeenArgument(View::Elements), &["from"]),
    (Type("list"), &["fromAsync", "of"]),
];

#[rustfmt::skip]
const DICTIONARY_MEMBERS: Members = &[
    (Unknown, &[
        "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__proto__", "constructor",
        "valueOf",
    ]),
    (Type("bool"), &["hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"]),
    (Type("str"), &["toLocaleString", "toString"]),
];

#[rustfmt::skip]
const OBJECT_CONSTRUCTOR_MEMBERS: Members = &[
    (Unknown, &[
        "assign", "defineProperties", "defineProperty", "freeze", "getPrototypeOf",
        "preventExtensions", "prototype", "seal", "setPrototypeOf",
    ]),
    (Type("bool"), &["hasOwn", "is", "isExtensible", "isFrozen", "isSealed"]),
    (Type("dict"), &[
        "create", "fromEntries", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors",
        "groupBy",
    ]),
    (SeenArgument(View::Pairs), &["entries"]),
    (SeenArgument(View::Values), &["values"]),
    (Type("list"), &["getOwnPropertyNames", "getOwnPropertySymbols", "keys"]),
];

#[rustfmt::skip]
const MAP_MEMBERS: Members = &[
    (Element, &["get"]),
    (Receiver, &["set"]),
    (Unknown, &["clear", "forEach", "getOrInsert", "groupBy"]),
    (Type("bool"), &["delete", "has"]),
    (Type("int"), &["size"]),
    (Seen(View::Keys), &["keys"]),
    (Seen(View::Pairs), &["entries"]),
    (Seen(View::Values), &["values"]),
];

#[rustfmt::skip]
const SET_MEMBERS: Members = &[
    (Receiver, &[
        "add", "difference", "intersection", "keys", "symmetricDifference", "union", "values",
    ]),
    (Unknown, &["clear", "forEach"]),
    (Type("bool"), &["delete", "has", "isDisjointFrom", "isSubsetOf", "isSupersetOf"]),
    (Type("int"), &["size"]),
    (Type("list"), &["entries"]),
];

#[rustfmt::skip]
const PROMISE_MEMBERS: Members = &[
    (Chained, &["then"]),
    (SeenArgument(View::Settled), &["all"]),
    (Type("Promise"), &["allSettled", "any", "race", "reject", "resolve", "try"]),
    (Receiver, &["catch", "finally"]),
    (Unknown, &["withResolvers"]),
];

#[rustfmt::skip]
const REG_EXP_MEMBERS: Members = &[
    (Unknown, &["compile"]),
    (Type("bool"), &["global", "ignoreCase", "multiline", "sticky", "test", "unicode"]),
    (Type("int"), &["lastIndex"]),
    (Type("list"), &["exec"]),
    (Type("str"), &["flags", "source", "toString"]),
];

#[rustfmt::skip]
const DATE_MEMBERS: Members = &[
    (Type("int"), &[
        "UTC", "getDate", "getDay", "getFullYear", "getHours", "getMilliseconds", "getMinutes",
        "getMonth", "getSeconds", "getTime", "getTimezoneOffset", "getUTCDate", "getUTCDay",
        "getUTCFullYear", "getUTCHours", "getUTCMilliseconds", "getUTCMinutes", "getUTCMonth",
        "getUTCSeconds", "getYear", "now", "parse", "setDate", "setFullYear", "setHours",
        "setMilliseconds", "setMinutes", "setMonth", "setSeconds", "setTime", "setUTCDate",
        "setUTCFullYear", "setUTCHours", "setUTCMilliseconds", "setUTCMinutes", "setUTCMonth",
        "setUTCSeconds", "valueOf",
    ]),
    (Type("str"), &[
        "toDateString", "toGMTString", "toISOString", "toJSON", "toLocaleDateString",
        "toLocaleString", "toLocaleTimeString", "toString", "toTimeString", "toUTCString",
    ]),
];

#[rustfmt::skip]
const FUNCTION_MEMBERS: Members = &[
    (Receiver, &["bind"]),
    (Unknown, &["apply", "call", "caller", "prototype"]),
    (Type("int"), &["length"]),
    (Type("str"), &["name", "toString"]),
];

#[rustfmt::skip]
const ERROR_MEMBERS: Members = &[
    (Unknown, &["captureStackTrace", "cause", "stackTraceLimit"]),
    (Type("list"), &["errors"]),
    (Type("str"), &["code", "message", "name", "stack", "toString"]),
];

#[rustfmt::skip]
const SYMBOL_MEMBERS: Members = &[
    (Type("str"), &["description", "toString"]),
    (Type("symbol"), &[
        "asyncIterator", "for", "hasInstance", "isConcatSpreadable", "iterator", "keyFor",
        "match", "matchAll", "replace", "search", "species", "split", "toPrimitive",
        "toStringTag", "unscopables", "valueOf",
    ]),
];

#[rustfmt::skip]
const CONSOLE_MEMBERS: Members = &[
    (Unknown, &[
        "assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group",
        "groupCollapsed", "groupEnd", "info", "log", "profile", "profileEnd", "table", "time",
        "timeEnd", "timeLog", "timeStamp", "trace", "warn",
    ]),
];

#[rustfmt::skip]
const MATH_MEMBERS: Members = &[
    (Type("int"), &[
        "E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2", "abs", "acos", "acosh",
        "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clz32", "cos", "cosh", "exp",
        "expm1", "floor", "fround", "hypot", "imul", "log", "log10", "log1p", "log2", "max",
        "min", "pow", "random", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
    ]),
];

#[rustfmt::skip]
const JSON_MEMBERS: Members = &[
    (Unknown, &["isRawJSON", "parse", "rawJSON"]),
    (Type("str"), &["stringify"]),
];

#[rustfmt::skip]
const REFLECT_MEMBERS: Members = &[
    (Unknown, &[
        "apply", "construct", "get", "getOwnPropertyDescriptor", "getPrototypeOf",
        "setPrototypeOf",
    ]),
    (Type("bool"), &[
        "defineProperty", "deleteProperty", "has", "isExtensible", "preventExtensions", "set",
    ]),
    (Type("list"), &["ownKeys"]),
];

#[rustfmt::skip]
const PROXY_MEMBERS: Members = &[
    (Unknown, &["revocable"]),
];

#[rustfmt::skip]
const INTL_MEMBERS: Members = &[
    (Unknown, &[
        "Collator", "DateTimeFormat", "DisplayNames", "ListFormat", "Locale", "NumberFormat",
        "PluralRules", "RelativeTimeFormat", "Segmenter", "getCanonicalLocales",
    ]),
];

#[rustfmt::skip]
const PROCESS_MEMBERS: Members = &[
    (Unknown, &[
        "abort", "addListener", "chdir", "connected", "cpuUsage", "disconnect", "emit",
        "emitWarning", "exit", "features", "getegid", "geteuid", "getgid", "getuid", "hrtime",
        "kill", "listeners", "memoryUsage", "nextTick", "off", "on", "once",
        "removeAllListeners", "removeListener", "send", "setuid", "stderr", "stdin", "stdio",
        "stdout", "umask",
    ]),
    (Type("dict"), &["config", "env", "release", "versions"]),
    (Type("int"), &["exitCode", "pid", "ppid", "uptime"]),
    (Type("list"), &["argv", "execArgv"]),
    (Type("str"), &["arch", "argv0", "cwd", "execPath", "platform", "title", "version"]),
];

#[rustfmt::skip]
const BUFFER_MEMBERS: Members = &[
    (Type("Buffer"), &[
        "alloc", "allocUnsafe", "concat", "fill", "from", "slice", "subarray", "swap16",
        "swap32",
    ]),
    (Unknown, &["buffer", "toJSON"]),
    (Type("bool"), &["equals", "includes", "isBuffer", "isEncoding"]),
    (Type("int"), &[
        "byteLength", "compare", "copy", "indexOf", "lastIndexOf", "length", "readDoubleBE",
        "readDoubleLE", "readFloatBE", "readFloatLE", "readInt16BE", "readInt16LE",
        "readInt32BE", "readInt32LE", "readInt8", "readUInt16BE", "readUInt16LE", "readUInt32BE",
        "readUInt32LE", "readUInt8", "write", "writeInt32BE", "writeInt32LE", "writeInt8",
        "writeUInt16BE", "writeUInt16LE", "writeUInt32BE", "writeUInt32LE", "writeUInt8",
    ]),
    (Type("str"), &["toString"]),
];

#[rustfmt::skip]
const URL_MEMBERS: Members = &[
    (Type("URLSearchParams"), &["searchParams"]),
    (Unknown, &["revokeObjectURL"]),
    (Type("bool"), &["canParse"]),
    (Type("str"), &[
        "createObjectURL", "hash", "host", "hostname", "href", "origin", "password", "pathname",
        "port", "protocol", "search", "toJSON", "toString", "username",
    ]),
];

#[rustfmt::skip]
const URLSEARCH_PARAMS_MEMBERS: Members = &[
    (Unknown, &["append", "delete", "forEach", "set", "sort"]),
    (Type("bool"), &["has"]),
    (Type("int"), &["size"]),
    (Type("list"), &["entries", "getAll", "keys", "values"]),
    (Type("str"), &["get", "toString"]),
];

#[rustfmt::skip]
const HEADERS_MEMBERS: Members = &[
    (Unknown, &["append", "delete", "forEach", "set"]),
    (Type("bool"), &["has"]),
    (Type("list"), &["entries", "getSetCookie", "keys", "values"]),
    (Type("str"), &["get"]),
];

#[rustfmt::skip]
const FORM_DATA_MEMBERS: Members = &[
    (Unknown, &["append", "delete", "forEach", "get", "set"]),
    (Type("bool"), &["has"]),
    (Type("list"), &["entries", "getAll", "keys", "values"]),
];

#[rustfmt::skip]
const RESPONSE_MEMBERS: Members = &[
    (Type("Headers"), &["headers"]),
    (Type("Promise"), &["arrayBuffer", "blob", "bytes", "formData", "json", "text"]),
    (Receiver, &["clone"]),
    (Unknown, &["body", "error", "redirect"]),
    (Type("bool"), &["bodyUsed", "ok", "redirected"]),
    (Type("int"), &["status"]),
    (Type("str"), &["statusText", "type", "url"]),
];

#[rustfmt::skip]
const REQUEST_MEMBERS: Members = &[
    (Type("Headers"), &["headers"]),
    (Type("Promise"), &["arrayBuffer", "blob", "formData", "json", "text"]),
    (Receiver, &["clone"]),
    (Unknown, &["body", "signal"]),
    (Type("str"), &["credentials", "method", "mode", "url"]),
];

#[rustfmt::skip]
const ABORT_CONTROLLER_MEMBERS: Members = &[
    (Unknown, &["abort", "signal"]),
];

#[rustfmt::skip]
const ABORT_SIGNAL_MEMBERS: Members = &[
    (Unknown, &[
        "abort", "addEventListener", "any", "reason", "removeEventListener", "throwIfAborted",
        "timeout",
    ]),
    (Type("bool"), &["aborted"]),
];

#[rustfmt::skip]
const EVENT_TARGET_MEMBERS: Members = &[
    (Unknown, &["addEventListener", "removeEventListener"]),
    (Type("bool"), &["dispatchEvent"]),
];

#[rustfmt::skip]
const EVENT_MEMBERS: Members = &[
    (Unknown, &[
        "code", "composedPath", "currentTarget", "data", "detail", "key", "preventDefault",
        "stopImmediatePropagation", "stopPropagation", "target", "type",
    ]),
];

#[rustfmt::skip]
const WEB_SOCKET_MEMBERS: Members = &[
    (Unknown, &[
        "addEventListener", "binaryType", "bufferedAmount", "close", "onclose", "onerror",
        "onmessage", "onopen", "protocol", "readyState", "removeEventListener", "send", "url",
    ]),
];

#[rustfmt::skip]
const XMLHTTP_REQUEST_MEMBERS: Members = &[
    (Unknown, &[
        "abort", "addEventListener", "getAllResponseHeaders", "getResponseHeader", "onerror",
        "onload", "onreadystatechange", "open", "overrideMimeType", "readyState", "response",
        "responseText", "send", "setRequestHeader", "status", "statusText", "timeout", "upload",
        "withCredentials",
    ]),
];

#[rustfmt::skip]
const STORAGE_MEMBERS: Members = &[
    (Unknown, &["clear", "removeItem", "setItem"]),
    (Type("int"), &["length"]),
    (Type("str"), &["getItem", "key"]),
];

#[rustfmt::skip]
const ARRAY_BUFFER_MEMBERS: Members = &[
    (Receiver, &["resize", "slice"]),
    (Type("bool"), &["isView"]),
    (Type("int"), &["byteLength"]),
];

#[rustfmt::skip]
const DATA_VIEW_MEMBERS: Members = &[
    (Unknown, &[
        "buffer", "setFloat32", "setFloat64", "setInt16", "setInt32", "setInt8", "setUint16",
        "setUint32", "setUint8",
    ]),
    (Type("int"), &[
        "byteLength", "byteOffset", "getBigInt64", "getBigUint64", "getFloat32", "getFloat64",
        "getInt16", "getInt32", "getInt8", "getUint16", "getUint32", "getUint8",
    ]),
];

#[rustfmt::skip]
const TEXT_ENCODER_MEMBERS: Members = &[
    (Unknown, &["encodeInto", "encoding"]),
    (Type("list"), &["encode"]),
];

#[rustfmt::skip]
const TEXT_DECODER_MEMBERS: Members = &[
    (Type("str"), &["decode", "encoding"]),
];

#[rustfmt::skip]
const WEAK_REF_MEMBERS: Members = &[
    (Unknown, &["deref"]),
];

#[rustfmt::skip]
const ITERATOR_MEMBERS: Members = &[
    (Element, &["find"]),
    (Receiver, &["drop", "filter", "take"]),
    (Unknown, &["forEach", "from", "next", "reduce", "return", "throw"]),
    (Type("bool"), &["every", "some"]),
    (Type("list"), &["flatMap", "map", "toArray"]),
];

#[rustfmt::skip]
const PERFORMANCE_MEMBERS: Members = &[
    (Unknown, &[
        "clearMarks", "clearMeasures", "getEntries", "getEntriesByName", "getEntriesByType",
        "mark", "measure", "timing", "toJSON",
    ]),
    (Type("int"), &["now", "timeOrigin"]),
];

#[rustfmt::skip]
const CRYPTO_MEMBERS: Members = &[
    (Unknown, &["getRandomValues", "subtle"]),
    (Type("str"), &["randomUUID"]),
];

#[rustfmt::skip]
const NAVIGATOR_MEMBERS: Members = &[
    (Unknown, &[
        "clipboard", "connection", "geolocation", "mediaDevices", "permissions", "sendBeacon",
        "serviceWorker", "share", "storage", "vibrate",
    ]),
    (Type("bool"), &["cookieEnabled", "onLine"]),
    (Type("list"), &["languages"]),
    (Type("str"), &["language", "platform", "userAgent", "vendor"]),
];

#[rustfmt::skip]
const LOCATION_MEMBERS: Members = &[
    (Unknown, &["assign", "reload", "replace"]),
    (Type("str"), &[
        "hash", "host", "hostname", "href", "origin", "pathname", "port", "protocol", "search",
        "toString",
    ]),
];

#[rustfmt::skip]
const HISTORY_MEMBERS: Members = &[
    (Unknown, &[
        "back", "forward", "go", "pushState", "replaceState", "scrollRestoration", "state",
    ]),
    (Type("int"), &["length"]),
];

#[rustfmt::skip]
const DOCUMENT_MEMBERS: Members = &[
    (Unknown, &[
        "activeElement", "addEventListener", "adoptNode", "append", "appendChild", "body",
        "close", "createComment", "createDocumentFragment", "createElement", "createElementNS",
        "createEvent", "createRange", "createTextNode", "createTreeWalker", "currentScript",
        "defaultView", "dispatchEvent", "documentElement", "elementFromPoint", "execCommand",
        "exitFullscreen", "forms", "getElementById", "getSelection", "head", "images",
        "importNode", "location", "open", "querySelector", "removeEventListener", "scripts",
        "styleSheets", "write",
    ]),
    (Type("bool"), &["contains", "hasFocus", "hidden"]),
    (Type("list"), &[
        "getElementsByClassName", "getElementsByName", "getElementsByTagName",
        "querySelectorAll",
    ]),
    (Type("str"), &["URL", "cookie", "readyState", "referrer", "title", "visibilityState"]),
];

#[rustfmt::skip]
const WINDOW_MEMBERS: Members = &[
    (Unknown, &[
        "addEventListener", "alert", "cancelAnimationFrame", "clearInterval", "clearTimeout",
        "close", "confirm", "console", "crypto", "dispatchEvent", "document", "fetch", "focus",
        "getComputedStyle", "getSelection", "history", "innerHeight", "innerWidth",
        "localStorage", "location", "matchMedia", "navigator", "open", "parent", "performance",
        "postMessage", "print", "process", "prompt", "removeEventListener",
        "requestAnimationFrame", "requestIdleCallback", "scroll", "scrollBy", "scrollTo",
        "scrollX", "scrollY", "self", "sessionStorage", "setInterval", "setTimeout", "top",
    ]),
];

/// Members of a built-in type or of a global object.
fn members(type_name: &str) -> Option<Members> {
    Some(match type_name {
        "str" => TEXT_MEMBERS,
        "String" => TEXT_CONSTRUCTOR_MEMBERS,
        "int" => NUMBER_MEMBERS,
        "Number" => NUMBER_CONSTRUCTOR_MEMBERS,
        "BigInt" => BIG_INT_MEMBERS,
        "bool" => BOOLEAN_MEMBERS,
        "list" | "tuple" => LIST_MEMBERS,
        "Array" => LIST_CONSTRUCTOR_MEMBERS,
        "dict" => DICTIONARY_MEMBERS,
        "Object" => OBJECT_CONSTRUCTOR_MEMBERS,
        "Map" | "WeakMap" | "ReadonlyMap" => MAP_MEMBERS,
        "Set" | "WeakSet" | "ReadonlySet" => SET_MEMBERS,
        "Promise" | "PromiseLike" => PROMISE_MEMBERS,
        "RegExp" => REG_EXP_MEMBERS,
        "Date" => DATE_MEMBERS,
        "function" | "Function" => FUNCTION_MEMBERS,
        "Error" | "TypeError" | "RangeError" | "SyntaxError" | "ReferenceError" | "EvalError"
        | "URIError" | "AggregateError" | "DOMException" => ERROR_MEMBERS,
        "symbol" | "Symbol" => SYMBOL_MEMBERS,
        "console" => CONSOLE_MEMBERS,
        "Math" => MATH_MEMBERS,
        "JSON" => JSON_MEMBERS,
        "Reflect" => REFLECT_MEMBERS,
        "Proxy" => PROXY_MEMBERS,
        "Intl" => INTL_MEMBERS,
        "process" => PROCESS_MEMBERS,
        "Buffer" => BUFFER_MEMBERS,
        "URL" => URL_MEMBERS,
        "URLSearchParams" => URLSEARCH_PARAMS_MEMBERS,
        "Headers" => HEADERS_MEMBERS,
        "FormData" => FORM_DATA_MEMBERS,
        "Response" => RESPONSE_MEMBERS,
        "Request" => REQUEST_MEMBERS,
        "AbortController" => ABORT_CONTROLLER_MEMBERS,
        "AbortSignal" => ABORT_SIGNAL_MEMBERS,
        "EventTarget" => EVENT_TARGET_MEMBERS,
        "Event" | "CustomEvent" | "MessageEvent" | "KeyboardEvent" | "MouseEvent" => EVENT_MEMBERS,
        "WebSocket" => WEB_SOCKET_MEMBERS,
        "XMLHttpRequest" => XMLHTTP_REQUEST_MEMBERS,
        "Storage" | "localStorage" | "sessionStorage" => STORAGE_MEMBERS,
        "ArrayBuffer" | "SharedArrayBuffer" => ARRAY_BUFFER_MEMBERS,
        "DataView" => DATA_VIEW_MEMBERS,
        "TextEncoder" => TEXT_ENCODER_MEMBERS,
        "TextDecoder" => TEXT_DECODER_MEMBERS,
        "WeakRef" => WEAK_REF_MEMBERS,
        "Iterator"
        | "Generator"
        | "AsyncGenerator"
        | "IterableIterator"
        | "AsyncIterableIterator" => ITERATOR_MEMBERS,
        "performance" | "Performance" => PERFORMANCE_MEMBERS,
        "crypto" | "Crypto" => CRYPTO_MEMBERS,
        "navigator" => NAVIGATOR_MEMBERS,
        "location" => LOCATION_MEMBERS,
        "history" => HISTORY_MEMBERS,
        "document" => DOCUMENT_MEMBERS,
        "window" | "globalThis" | "global" | "self" => WINDOW_MEMBERS,
        _ if is_typed_array(type_name) => LIST_MEMBERS,
        _ => return None,
    })
}

fn is_typed_array(name: &str) -> bool {
    name.ends_with("Array")
        && (name.starts_with("Int")
            || name.starts_with("Uint")
            || name.starts_with("Float")
            || name.starts_with("Big"))
}

/// What member `name` of `type_name` gives.
pub(super) fn member(type_name: &str, name: &str) -> Option<BuiltinResult> {
    // Everything is an object.
    members(type_name)?
        .iter()
        .chain(DICTIONARY_MEMBERS)
        .find(|(_, names)| names.binary_search(&name).is_ok())
        .map(|(result, _)| *result)
}

/// The built-in type that calling or constructing a global gives.
pub(super) fn call(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "atob" | "btoa" | "decodeURI" | "decodeURIComponent" | "encodeURI"
        | "encodeURIComponent" | "escape" | "unescape" | "prompt" => "str",
        "Number"
        | "BigInt"
        | "parseFloat"
        | "parseInt"
        | "setTimeout"
        | "setInterval"
        | "requestAnimationFrame" => "int",
        "Boolean" | "isFinite" | "isNaN" | "confirm" => "bool",
        "Array" => "list",
        "Object" => "dict",
        "Function" => "function",
        "Symbol" => "symbol",
        "fetch" | "createImageBitmap" => "Promise",
        _ if is_typed_array(name) => "list",
        _ => {
            // Classes make instances of themselves.
            let at = GLOBALS.binary_search(&name).ok()?;
            let class = GLOBALS[at];
            return class.starts_with(|first: char| first.is_ascii_uppercase()).then_some(class);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_MEMBERS: &[Members] = &[
        TEXT_MEMBERS,
        TEXT_CONSTRUCTOR_MEMBERS,
        NUMBER_MEMBERS,
        NUMBER_CONSTRUCTOR_MEMBERS,
        BIG_INT_MEMBERS,
        BOOLEAN_MEMBERS,
        LIST_MEMBERS,
        LIST_CONSTRUCTOR_MEMBERS,
        DICTIONARY_MEMBERS,
        OBJECT_CONSTRUCTOR_MEMBERS,
        MAP_MEMBERS,
        SET_MEMBERS,
        PROMISE_MEMBERS,
        REG_EXP_MEMBERS,
        DATE_MEMBERS,
        FUNCTION_MEMBERS,
        ERROR_MEMBERS,
        SYMBOL_MEMBERS,
        CONSOLE_MEMBERS,
        MATH_MEMBERS,
        JSON_MEMBERS,
        REFLECT_MEMBERS,
        PROXY_MEMBERS,
        INTL_MEMBERS,
        PROCESS_MEMBERS,
        BUFFER_MEMBERS,
        URL_MEMBERS,
        URLSEARCH_PARAMS_MEMBERS,
        HEADERS_MEMBERS,
        FORM_DATA_MEMBERS,
        RESPONSE_MEMBERS,
        REQUEST_MEMBERS,
        ABORT_CONTROLLER_MEMBERS,
        ABORT_SIGNAL_MEMBERS,
        EVENT_TARGET_MEMBERS,
        EVENT_MEMBERS,
        WEB_SOCKET_MEMBERS,
        XMLHTTP_REQUEST_MEMBERS,
        STORAGE_MEMBERS,
        ARRAY_BUFFER_MEMBERS,
        DATA_VIEW_MEMBERS,
        TEXT_ENCODER_MEMBERS,
        TEXT_DECODER_MEMBERS,
        WEAK_REF_MEMBERS,
        ITERATOR_MEMBERS,
        PERFORMANCE_MEMBERS,
        CRYPTO_MEMBERS,
        NAVIGATOR_MEMBERS,
        LOCATION_MEMBERS,
        HISTORY_MEMBERS,
        DOCUMENT_MEMBERS,
        WINDOW_MEMBERS,
    ];

    #[test]
    fn tables_are_sorted() {
        for table in [GLOBALS, COMMON_MEMBERS, NODE_MODULES] {
            assert!(table.windows(2).all(|pair| pair[0] < pair[1]), "{table:?}");
        }
        for table in ALL_MEMBERS {
            for (_, names) in *table {
                assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
            }
        }
    }

    #[test]
    fn chains_keep_their_types() {
        assert_eq!(member("str", "split"), Some(BuiltinResult::Type("list")));
        assert_eq!(member("list", "map"), Some(BuiltinResult::Mapped));
        assert_eq!(member("list", "filter"), Some(BuiltinResult::Receiver));
        assert_eq!(member("Map", "get"), Some(BuiltinResult::Element));
        assert_eq!(member("Promise", "catch"), Some(BuiltinResult::Receiver));
        assert_eq!(member("dict", "update"), None);
        assert_eq!(call("Map"), Some("Map"));
        assert_eq!(call("Uint8Array"), Some("list"));
        assert_eq!(call("setUp"), None);
    }
}
