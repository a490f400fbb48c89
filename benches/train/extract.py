"""Definitions and their documentation, read from source text without a parser.

A training pair needs only four things of a definition: its qualified name, its signature, its
body and the comment in front of it. Regular expressions over *masked* text (strings and comments
blanked out, offsets kept) find the first, bracket matching finds the rest; Python is read by `ast`.
That is wrong for a few definitions in a hundred, which training does not notice, and it keeps eleven
languages in one small file without a build step.
"""

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass

MOST_BODY = 4_000
MOST_FILE = 400_000


@dataclass
class Definition:
    """One function, method or type as it stands in the text; the line counts from one."""

    name: str
    qualified: str
    signature: str
    body: str
    doc: str
    line: int


SUFFIXES = {
    "py": "python", "rs": "rust", "go": "go", "java": "java", "cs": "csharp", "rb": "ruby", "php": "php",
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "mts": "typescript", "tsx": "typescript",
    "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "hh": "cpp", "hxx": "cpp", "inl": "cpp",
}  # fmt: skip

_STRING = r'"(?:\\.|[^"\\\n])*"'
_BLOCK = r"/\*.*?\*/|//[^\n]*"
_CHARACTER = r"'(?:\\.[^'\n]*|[^'\\\n])'"
_QUOTED = r"'(?:\\.|[^'\\\n])*'"
_TEMPLATE = r"`(?:\\.|[^`\\])*`"


def _masker(*parts):
    return re.compile("|".join(parts), re.S)


_MASKS = {
    "rust": _masker(_BLOCK, r'r#+".*?"#+', r'"(?:\\.|[^"\\])*"', _CHARACTER),
    "go": _masker(_BLOCK, r"`[^`]*`", _STRING, _CHARACTER),
    "java": _masker(_BLOCK, r'""".*?"""', _STRING, _CHARACTER),
    "csharp": _masker(_BLOCK, r'@"(?:""|[^"])*"', _STRING, _CHARACTER),
    "php": _masker(_BLOCK, r"#(?!\[)[^\n]*", _STRING, _QUOTED),
    "javascript": _masker(_BLOCK, _TEMPLATE, _STRING, _QUOTED),
    "c": _masker(_BLOCK, _STRING, _CHARACTER),
    "ruby": _masker(r"^=begin.*?^=end", r"#(?!\{)[^\n]*", _STRING, _QUOTED),
}
_MASKS["typescript"] = _MASKS["javascript"]
_MASKS["cpp"] = _MASKS["c"]

_JAVA_MODIFIERS = (
    r"(?:(?:public|protected|private|internal|static|final|abstract|synchronized|native|default|strictfp|sealed|"
    r"virtual|override|async|readonly|partial|unsafe|extern|new|non-sealed|ref)\s+)*"
)
_PHP_MODIFIERS = r"(?:(?:abstract|final|public|protected|private|static|readonly)\s+)*"
_TS_MODIFIERS = r"(?:(?:public|private|protected|static|async|readonly|override|abstract|get|set|declare)\s+)*"

# Each alternative captures the definition's name; `t_` marks types and other containers, `f_`
# callables. A callable's signature may run over several lines; it starts at the name.
_HEADS = {
    "rust": r"^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:(?:default|const|async|unsafe|extern(?:\s+\S+)?)\s+)*"
    r"(?:fn\s+(?P<f_1>\w+)|(?:struct|enum|trait|union|mod)\s+(?P<t_1>\w+))"
    r"|^[ \t]*(?:unsafe\s+)?impl\b(?:[^{;]*?\bfor\s+|\s*<[^{;]*?>\s*|\s+)&?(?:\w+::)*(?P<i_1>[A-Z]\w*)[^{;]*(?=\{)"
    r"|^[ \t]*macro_rules!\s*(?P<f_2>\w+)",
    "go": r"^func\s+(?:\(\s*(?:\w+\s+)?\*?(?P<owner>\w+)[^)]*\)\s*)?(?P<f_1>\w+)|^type\s+(?P<t_1>\w+)",
    "java": r"^[ \t]*" + _JAVA_MODIFIERS + r"(?:(?:class|interface|enum|record|@interface)\s+(?P<t_1>\w+)"
    r"|(?:<[^>(]+>\s+)?(?:[\w.]+(?:<[^;(){}]*>)?(?:\[\])*\s+)?(?P<f_1>[A-Za-z_]\w*)\s*(?=\())",
    "csharp": r"^[ \t]*" + _JAVA_MODIFIERS + r"(?:(?:class|interface|enum|record|struct|namespace)\s+(?P<t_1>[\w.]+)"
    r"|(?:[\w.]+(?:<[^;(){}]*>)?\??(?:\[\])*\s+)?(?P<f_1>[A-Za-z_]\w*)\s*(?:<[^>(]+>)?(?=\())",
    "php": r"^[ \t]*" + _PHP_MODIFIERS + r"(?:function\s+&?(?P<f_1>\w+)|(?:class|interface|trait|enum)\s+(?P<t_1>\w+))",
    "javascript": r"^[ \t]*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?"
    r"(?:(?:async\s+)?function\s*\*?\s*(?P<f_1>[\w$]+)|(?:class|interface|enum|namespace)\s+(?P<t_1>[\w$]+)"
    r"|type\s+(?P<f_2>[\w$]+)(?=[^\n=]*=)"
    r"|(?:const|let|var)\s+(?P<f_3>[\w$]+)\s*(?::[^=\n]+)?=\s*(?:async\s*)?(?=function\b|\([^()]*\)\s*(?::[^=\n]+)?=>|\w+\s*=>)"
    r"|(?:[\w$]+\.)*(?P<f_4>[\w$]+)\s*[:=]\s*(?:async\s*)?(?=function\b|\([^()\n]*\)\s*=>)"
    r"|" + _TS_MODIFIERS + r"\*?(?P<f_5>#?[\w$]+)\s*(?:<[^>(\n]*>)?(?=\([^\n]*|\(\s*\n))",
    "cpp": r"^[ \t]*(?:template\s*<[^;{}]*?>\s*)?(?:(?:class|struct|enum(?:\s+class)?|union)\s+(?:[A-Z_0-9]+\s+)?(?P<t_1>\w+)(?=[^;()=]*\{)"
    r"|namespace\s+(?P<t_2>[\w:]+)\s*(?=\{)"
    r"|(?:[A-Za-z_][\w:<>,*&\[\] \t]{0,120}?[\s*&])?(?P<f_1>[A-Za-z_~][\w:~]{1,80})[ \t]*(?=\())",
    "ruby": r"^(?P<indent>[ \t]*)(?:def\s+(?:self\.)?(?P<f_1>\w+[?!=]?)|(?:class|module)\s+(?P<t_1>[\w:]+))",
}
_HEADS["typescript"] = _HEADS["javascript"]
_HEADS["c"] = _HEADS["cpp"]
_HEADS = {language: re.compile(pattern, re.M) for language, pattern in _HEADS.items()}

_NOT_NAMES = frozenset(
    "if else for while switch catch return throw new do try case sizeof typeof delete await yield function super this "
    "assert using lock foreach defined elif elseif when match and or not in is import export require "
    "static_assert alignas decltype typedef extern goto default static const void int char".split()
)
_STARTS_STATEMENT = re.compile(r"\s*(?:return|else|case|throw|new|goto|delete|typedef|using|await|yield|#)\b")
_ATTRIBUTE = re.compile(r"\s*(?:#\[|@[\w.]+|\[[A-Z]|template\s*<|[A-Z_]{4,}(?:\([^)]*\))?\s*$|extern\b|static\b|inline\b|const\b)")
_HASHES, _SLASHES = re.compile(r"\s*#(?!!)"), re.compile(r"\s*//")
_ARROW_BODY = re.compile(r"=>\s*\{")


def definitions(text, language):
    """The definitions of a source file in order."""
    if len(text) > MOST_FILE:
        return []
    return _python(text) if language == "python" else _others(text, language)


def _python(text):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.splitlines(keepends=True)
    out = []

    def visit(node, owners):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                if isinstance(child, (ast.If, ast.Try, ast.With)):
                    visit(child, owners)
                continue
            inner = owners + [child.name]
            body = child.body
            doc = ast.get_docstring(child) or ""
            if doc:
                body = body[1:]
            start = child.body[0].lineno - 1
            head = "".join(lines[child.lineno - 1 : max(start, child.lineno)])
            signature = head[head.find(child.name) + len(child.name) :]
            is_class = isinstance(child, ast.ClassDef)
            code = "" if is_class or not body else "".join(lines[body[0].lineno - 1 : child.end_lineno])
            out.append(Definition(child.name, ".".join(inner), signature[:400], code[:MOST_BODY], doc, child.lineno))
            visit(child, inner)

    visit(tree, [])
    return out


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def _others(text, language):
    masked = _MASKS[language].sub(_blank, text)
    lines = [0] + [m.end() for m in re.finditer("\n", text)]
    close = {} if language == "ruby" else _brackets(masked)
    out, owners, skip_until = [], [], 0
    for match in _HEADS[language].finditer(masked):
        group = match.lastgroup if match.lastgroup != "indent" else None
        if group is None:
            continue
        name, kind = match.group(group), group[0]
        start = match.end(group)
        head = match.start() + len(match.group()) - len(match.group().lstrip())
        nested = head < skip_until
        if nested and language not in ("javascript", "typescript"):
            continue
        if name in _NOT_NAMES or (kind == "f" and _STARTS_STATEMENT.match(masked, match.start())):
            continue
        if language == "ruby":
            body_start, end = _ruby_body(masked, match)
        else:
            body_start, end = _braced_body(masked, close, start, kind, language)
        if end is None:
            continue
        owners = [owner for owner in owners if owner[1] > head]
        doc = _doc(text, lines, head, language)
        if nested and not doc:
            continue
        if kind == "i":
            owners.append((name, end))
            continue
        path = [owner[0] for owner in owners]
        if language == "go" and match.group("owner"):
            path = [match.group("owner")]
        simple = re.split(r"::|\.", name)[-1]
        body = text[body_start:end] if kind == "f" else ""
        line = bisect_right(lines, head)
        out.append(Definition(simple, ".".join(path + [name]), text[start : min(body_start, start + 400)], body[:MOST_BODY], doc, line))
        if kind == "t":
            owners.append((name, end))
        elif end > body_start + 1:
            skip_until = max(skip_until, end)
    return out


def _brackets(masked):
    """Where each opening bracket closes."""
    close, stacks = {}, {"(": [], "{": []}
    for match in re.finditer(r"[(){}]", masked):
        character = match.group()
        if character in stacks:
            stacks[character].append(match.start())
        elif stack := stacks["(" if character == ")" else "{"]:
            close[stack.pop()] = match.start()
    return close


_AFTER_HEAD = re.compile(r"[^{;=()]*")


def _braced_body(masked, close, at, kind, language):
    """Start and end of a definition's body, (None, None) where it is no definition after all."""
    if kind != "f":
        brace = masked.find("{", at, at + 1000)
        stop = masked.find(";", at, brace if brace >= 0 else at + 200)
        if brace < 0 or (stop >= 0 and language != "go"):
            line = masked.find("\n", at)
            return (line, line) if language in ("rust", "go") and line >= 0 else (None, None)
        return brace, close.get(brace, brace + 1)
    paren = masked.find("(", at, at + 200)
    scripts = language in ("javascript", "typescript")
    if paren >= 0 and (scripts or not masked[at:paren].strip(" \t\n!") or masked[at:paren].lstrip()[:1] in "<["):
        after = close.get(paren)
        if after is None:
            return None, None
        at = after + 1
    while True:
        limit = min(at + 300, len(masked))
        at = _AFTER_HEAD.match(masked, at, limit).end()
        if at >= limit:
            return None, None
        character = masked[at]
        if character == "{":
            return at, close.get(at, at) + 1
        if character == "(" and at in close:
            at = close[at] + 1
        elif character == "=" and (scripts or language == "csharp") and masked[at : at + 2] == "=>":
            brace = _ARROW_BODY.match(masked, at)
            if brace:
                return brace.end() - 1, close.get(brace.end() - 1, brace.end()) + 1
            stop = masked.find("\n\n", at)
            return at, min(stop if stop >= 0 else len(masked), at + 600)
        elif character == ";" and language != "javascript":
            return at, at + 1
        elif character == "=" and scripts:
            at += 1
        elif character == "=" and language in ("c", "cpp", "rust", "go"):
            at += 1
        else:
            return None, None


def _ruby_body(masked, match):
    end = re.compile(r"^" + match.group("indent") + r"end\b", re.M).search(masked, match.end())
    line = masked.find("\n", match.end())
    return (line, end.start()) if end and line >= 0 else (None, None)


def _doc(text, lines, head, language):
    """The comment that ends right before a definition, without its marks."""
    number = bisect_right(lines, head) - 1

    def line(index):
        return text[lines[index] : lines[index + 1] - 1] if index + 1 < len(lines) else text[lines[index] :]

    at = number - 1
    for _ in range(6):
        if at >= 0 and line(at).strip() and language != "ruby" and _ATTRIBUTE.match(line(at)):
            at -= 1
        else:
            break
    if at < 0:
        return ""
    last = line(at).rstrip()
    if language != "ruby" and last.endswith("*/"):
        end = lines[at] + len(last)
        start = text.rfind("/*", max(0, end - 6000), end)
        if start < 0 or text[text.rfind("\n", 0, start) + 1 : start].strip():
            return ""
        inner = text[start + 2 : end - 2]
        return "\n".join(re.sub(r"^\s*[*!]*<? ?", "", part) for part in inner.split("\n")).strip()
    mark = _HASHES if language == "ruby" else _SLASHES
    rows = []
    while at >= 0 and mark.match(line(at)):
        rows.append(re.sub(r"^\s*(?:#+|//[/!]*<?) ?", "", line(at)))
        at -= 1
    return "\n".join(reversed(rows)).strip()
