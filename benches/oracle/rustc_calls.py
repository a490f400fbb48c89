#!/usr/bin/env python3
"""Calls that `qf` has in Rust crates against those of the compiler itself.

    rustc_calls.py FOLDER THIR EDGES.jsonl [--show 20] [--dump ALL.jsonl]

FOLDER holds the crates under the names of the index; THIR, for each, the typed bodies that `rustc
-Zunpretty=thir-tree` printed (see rustc_bodies.sh); EDGES are `qf export edges` of calls and
instantiates. A call is a name with `(` in code that the compiler saw and that no macro wrote. Its target
is what the compiler bound: a function, a tuple constructor, or a trait's method, for which the
implementation of the type it is called on counts too. Prints a table in Markdown.
"""
import argparse, bisect, collections, hashlib, json, pathlib, re

BLANK = re.compile(r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n]{1,9}?|[^'\\\n])'""", re.S)
TOKEN = re.compile(r"[{}()\[\];]")
SPAN = re.compile(r"span: (.*?):(\d+):(\d+): (\d+):(\d+) \(#(\d+)\)")
DEF = re.compile(r"DefId\(\d+:\d+ ~ (\w+)\[(\w+)\]((?:::[^()\[\], ]+)*)\)")
Fn = collections.namedtuple("Fn", "repo file line name body trait owner kind")


def last(path):
    """The last name of a path or type, without generics, references and pointers."""
    path = re.sub(r"^(?:&|'\S+ |mut |dyn |const |\*|\()+", "", path.strip())
    return re.split(r"::", re.split(r"[<;,()\[\] ]", re.sub(r"::<", "<", path))[0])[-1]


def header(text):
    """What an opening brace belongs to: kind, name, trait."""
    if found := re.search(r"\bfn\s+(?:r#)?(\w+)", text):
        return "fn", found[1], ""
    if found := re.search(r"(?:^|\s)impl\b(.*)", text, re.S):
        rest, depth, at = found[1].strip(), 0, 0
        if rest.startswith("<"):
            for at, letter in enumerate(rest):
                depth += (letter == "<") - (letter == ">" and rest[at - 1] != "-")
                if not depth:
                    break
            rest = rest[at + 1 :].strip()
        rest = re.split(r"\bwhere\b", rest)[0]
        parts = re.split(r"\bfor\b(?!\s*<)", rest, maxsplit=1)
        return "impl", last(parts[-1]), last(parts[0].lstrip("!")) if len(parts) > 1 else ""
    if found := re.search(r"\btrait\s+(\w+)", text):
        return "trait", found[1], found[1]
    return "", "", ""


class File:
    def __init__(self, repo, name, path):
        self.text = path.read_text(errors="replace")
        self.starts = [0] + [i + 1 for i, c in enumerate(self.text) if c == "\n"]
        self.code = BLANK.sub(lambda it: re.sub(r"[^\n]", " ", it[0]), self.text)
        self.functions, stack, since = [], [("", "", "", [])], 0
        depth = 0
        for token in TOKEN.finditer(self.code):
            letter, at = token[0], token.start()
            if letter in "([":
                depth += 1
            elif letter in ")]":
                depth -= 1
            elif letter == "}":
                depth = stack.pop()[3] if len(stack) > 1 else 0
                since = at + 1
            elif letter == "{" or depth == 0:
                kind, own, trait = header(self.code[since:at])
                if kind == "fn":
                    place = since + re.search(r"\bfn\s", self.code[since:at]).start()
                    outer = next((it for it in reversed(stack) if it[0] in ("impl", "trait", "fn")), ("", "", ""))
                    self.functions.append(Fn(repo, name, self.position(place)[0], own,
                                             self.position(at) if letter == "{" else None, outer[2], outer[1], outer[0]))
                if letter == "{":
                    stack.append((kind, own, trait, depth))
                    depth = 0
                since = at + 1

    def position(self, offset):
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line, column):
        return self.starts[line - 1] + column - 1


def load(folder):
    files, index = {}, collections.defaultdict(list)
    for path in sorted(folder.rglob("*.rs")):
        repo, *rest = path.relative_to(folder).parts
        file = files[repo, "/".join(rest)] = File(repo, "/".join(rest), path)
        for function in file.functions:
            index[repo, function.name].append(function)
    return files, index


def sections(path):
    """The lines of each body, by the path of what it is the body of."""
    owner, lines = None, []
    for line in path.open():
        if line.startswith("DefId(0") and line.endswith("):\n"):
            if owner:
                yield owner, lines
            owner, lines = DEF.match(line).groups(), []
        else:
            lines.append(line)
    if owner:
        yield owner, lines


def calls(lines):
    """Span of the expression, of the called path, the definition with its arguments, a constructor's name."""
    for at, line in enumerate(lines):
        if line.startswith("from_hir_call") and at > 1 and lines[at - 1].startswith("ty: FnDef"):
            if at + 3 < len(lines) and lines[at + 2].startswith("ty: FnDef") and lines[at + 3].startswith("span"):
                yield lines[at - 2], lines[at + 3], lines[at - 1][4:], None
        elif line.startswith("Adt {") and at + 3 < len(lines) and lines[at + 3].startswith("variant_index"):
            number = int(lines[at + 3].split()[1])
            variants = re.findall(r"VariantDef \{.*?ctor: (None|Some\(\((?:Fn|Const)).*?name: \"(\w+)\"", lines[at + 2])
            if number < len(variants) and variants[number][0] == "Some((Fn":
                yield lines[at - 1], lines[at - 1], lines[at + 1][5:], variants[number][1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("thir", type=pathlib.Path)
    parser.add_argument("edges", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--dump", type=pathlib.Path)
    wanted = parser.parse_args()
    folder = wanted.folder.resolve()
    files, index = load(folder)
    crates = {path.stem.replace("-", "_"): path.stem for path in wanted.thir.glob("*.txt") if path.stat().st_size}
    definitions, bodies, raw, identity = {}, collections.defaultdict(list), [], {}

    def place(line):
        found = SPAN.match(line)
        path = found and pathlib.Path(found[1])
        if not found or folder not in path.parents or found[6] != "0":
            return None
        repo, *rest = path.relative_to(folder).parts
        return repo, "/".join(rest), *map(int, found.groups()[1:5])

    for repo in crates.values():
        for owner, lines in sections(wanted.thir / f"{repo}.txt"):
            identity[owner[0]] = owner[1]
            spans = {it for it in map(place, {it for it in lines if it.startswith("span")}) if it}
            name = re.sub(r"^r#", "", owner[2].split("::")[-1])
            starts = {it[:4]: it for it in spans}
            for function in index[repo, name]:
                if function.body and (whole := starts.get((repo, function.file, *function.body))):
                    definitions[owner] = function
                    bodies[repo, function.file].append((function.line, max(it[4] for it in spans if it[:4] == whole[:4])))
            raw += [(repo, owner[2], *it) for it in calls(lines)]

    def implementations(repo, other, trait, name, subject):
        """Functions of implementations of a trait for a type, the nearest by the path of its module."""
        subject = re.split(r"[<,\])]", subject)[0].strip()
        if "/#" in subject or not subject or subject.startswith(("dyn", "impl", "<", "Alias")):
            return []
        path = re.sub(r"^(?:&(?:'\S+ )?(?:mut )?)+", "", subject).split("::")
        home = crates.get(path[0], repo)
        found = [it for where in {repo, other, home} if where for it in index[where, name]
                 if it.kind == "impl" and it.trait == trait and it.owner == path[-1]]
        score = {it: sum(part in re.split(r"[/.]", it.file) for part in path[:-1]) + 2 * (it.repo == home) for it in found}
        return [it for it in found if score[it] == max(score.values())]

    def targets(repo, defined):
        """Where the called thing is defined, below FOLDER: places, and whether it is there but not in the text."""
        found = DEF.search(defined)
        crate, code, path = found.groups()
        parts = path.split("::")
        name, inner = parts[-1], parts[-2] if len(parts) > 1 else ""
        other = crates.get(crate) if identity.get(crate) == code else None
        if crate in crates and not other:
            return [], "generated"  # Another version than the one that is indexed.
        places, trait = [], not inner.startswith("{") and inner[:1].isupper()
        if found.groups() in definitions:
            places.append(definitions[found.groups()])
        elif other and trait:
            same = [it for it in index[other, name] if it.kind == "trait" and it.owner == inner]
            places += [it for it in same if any(part in it.file for part in parts[1:-2])] or same
        elif other:
            return [], "generated"
        if trait:
            arguments = defined[found.end() :].lstrip(", [")
            places = implementations(repo, other, inner, name, arguments) + places
        return places, crate if not places else ""

    ours = collections.defaultdict(list)
    for row in map(json.loads, wanted.edges.open()):
        if row["callee_file"].endswith(".rs"):
            ours[row["caller_repo"], row["caller_file"], row["line"]].append(row)
    functions = {(it.repo, it.file, it.line): it for group in index.values() for it in group}

    def fits(row, places):
        return any((it.repo, it.file) == (row["callee_repo"], row["callee_file"]) and it.name == row["callee"].split(".")[-1]
                   and row["callee_line"] <= it.line <= row["callee_line"] + 12
                   and not any((it.repo, it.file, at) in functions for at in range(row["callee_line"], it.line)) for it in places)

    counts, examples, judged = collections.defaultdict(collections.Counter), {}, {}
    seen, known = set(), collections.defaultdict(list)
    for repo, within, expression, path, defined, constructor in raw:
        span, whole = place(path), place(expression)
        if not span or span[0] != repo or (repo, span[1]) not in files:
            continue
        file = files[repo, span[1]]
        start, end = file.offset(*span[2:4]), file.offset(*span[4:6])
        if constructor:
            called = re.match(r"(?:[\w]+(?:::<[^()]*?>)?::)*(\w+)(?:::<[^()]*?>)?\s*\(", file.code[start:end])
        else:
            called = re.match(r"(.*?)(\w+)\s*(?:::\s*<.*?>)?\s*\(", file.code[start : end + 200], re.S) if end > start else None
            tail = file.code[end : end + 300]
            if not re.match(r"\s*(?:::\s*<[^;{}]*?>)?\s*\(", tail):
                continue
            called = re.search(r"(\w+)\s*(?:::\s*<.*>)?$", file.code[start:end], re.S)
        if not called:
            continue
        line = file.position(start + called.start(1))[0]
        name = constructor or DEF.search(defined)[3].split("::")[-1]
        places, outside = ([], "") if constructor else targets(repo, defined)
        if constructor:
            crate, code, way = DEF.search(defined).groups()
            other = crates.get(crate) if identity.get(crate) == code else None
            if not other:
                continue
            outside = (other, constructor)
        key = repo, span[1], line, name, defined
        if key in seen:
            continue
        seen.add(key)
        known[repo, span[1], line].append((name, called[1], places, outside, defined, {line, span[2], whole[2] if whole else line}, constructor))

    good = set()
    for (repo, file, line), found in known.items():
        for name, written, places, outside, defined, lines, constructor in found:
            rows = [it for at in lines for it in ours[repo, file, at] if it["callee"].split(".")[-1] in (name, written)]
            if constructor:
                fit = [it for it in rows if it["callee_repo"] == outside[0]]
                provider = outside[0]
            else:
                fit = [it for it in rows if fits(it, places)]
                provider = places[0].repo if places else rows[0]["callee_repo"] if rows else None
            good.update(map(id, fit))
            others = [it for it in found if it[0] == name and it[4] != defined]
            if not provider or outside == "generated" and not rows:
                continue
            free = [it for it in rows if it not in fit and not any(fits(it, other[2]) for other in others)]
            result = "both" if fit else "unknown" if outside == "generated" else "differ" if free else "missed" if places or constructor else None
            if result:
                counts[repo, provider][result] += 1
                judged[repo, file, line, name, defined] = (result, provider, written, places, rows, free, fit)

    for (repo, file, line), rows in ours.items():
        if not any(a <= line <= b for a, b in bodies[repo, file]):
            for row in rows:
                counts[repo, row["callee_repo"]]["unknown"] += 1
    report(counts)
    if wanted.dump:
        with wanted.dump.open("w") as out:
            for (repo, file, line, name, defined), (result, provider, written, places, rows, free, fit) in judged.items():
                short = lambda it: [it["callee_repo"], it["callee_file"], it["callee_line"], it["callee"], it["tier"], it["rule"]]
                out.write(json.dumps(dict(result=result, repo=repo, provider=provider, file=file, line=line, name=name, written=written,
                    defined=defined.strip()[:300], places=places, qf=[short(it) for it in free or rows], fit=[short(it) for it in fit],
                    text=files[repo, file].text.split("\n")[line - 1].strip())) + "\n")
    order = sorted(judged, key=lambda it: hashlib.sha256(repr(it).encode()).digest())
    for key in [it for it in order if judged[it][0] in ("missed", "differ")][: wanted.show]:
        result, provider, written, places, rows, free, fit = judged[key]
        print(f"\n{result} {key[0]}/{key[1]}:{key[2]} {key[4].strip()[:160]}")
        print(*[f"    compiler {it.repo}/{it.file}:{it.line} {it.owner}.{it.name}" for it in places], sep="\n")
        print(*[f"    qf       {it['callee_repo']}/{it['callee_file']}:{it['callee_line']} {it['callee']} ({it['tier']})" for it in rows], sep="\n")


def report(counts):
    def row(title, it):
        whole, said = it["both"] + it["missed"] + it["differ"], it["both"] + it["differ"]
        print(f"| {title} | {it['both']} | {it['missed']} | {it['differ']} | {it['unknown']} "
              f"| {it['both'] / max(1, whole):.3f} | {it['both'] / max(1, said):.3f} |")
    print("| from → to | both have it | only the compiler | they differ | the compiler does not know | recall | agreement |")
    print("|---|---|---|---|---|---|---|")
    for title, test in (("between", lambda pair: pair[0] != pair[1]), ("inside", lambda pair: pair[0] == pair[1])):
        chosen = sorted((it for it in counts.items() if test(it[0])), key=lambda it: -sum(it[1].values()))
        for pair, it in chosen:
            row(" → ".join(pair) if pair[0] != pair[1] else pair[0], it)
        row(f"**all {title} repositories**", sum((it[1] for it in chosen), collections.Counter()))


if __name__ == "__main__":
    main()
