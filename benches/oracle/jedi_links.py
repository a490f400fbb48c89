#!/usr/bin/env python3
"""Package links of Python repositories against Jedi, which resolves names by rules of its own.

    qf index FOLDER/*; qf export links --channel package > LINKS.jsonl
    python3 benches/oracle/jedi_links.py FOLDER LINKS.jsonl [--files 300] [--show 20]

FOLDER holds the repositories under the names that they have in the index. Every call in a sample of
files is asked of both: what Jedi has in another repository, and what `qf` has there. They agree where
the file and the name of what is called are the same; a constructor is that of the class that is named or
of one that it inherits from. What Jedi does not know is counted apart. Prints a table in Markdown.
"""

import argparse
import ast
import collections
import hashlib
import json
import pathlib
import sys

import jedi


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("links", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--show", type=int, default=0)
    return parser.parse_args()


def calls(text):
    """Line of the call, line, column and text of the name that is called."""
    for node in ast.walk(ast.parse(text)):
        called = [node.func] if isinstance(node, ast.Call) else []
        called += [d for d in getattr(node, "decorator_list", []) if not isinstance(d, ast.Call)]
        for function in called:
            if isinstance(function, ast.Name):
                yield function.lineno, function.lineno, function.col_offset, function.id
            elif isinstance(function, ast.Attribute):
                column = function.end_col_offset - len(function.attr.encode())
                yield function.lineno, function.end_lineno, column, function.attr


def bases(definition):
    """Names of a class and of what it inherits from."""
    try:
        return {kind.py__name__() for value in definition._name.infer() for kind in value.py__mro__()}
    except Exception:  # Jedi fails in many ways on code that it does not follow.
        return {definition.name}


def meanings(script, line, column):
    try:
        return script.goto(line, column, follow_imports=True) + script.infer(line, column)
    except Exception:
        return []


def main():
    wanted = arguments()
    folder = wanted.folder.resolve()
    names = {path.name for path in folder.iterdir() if path.is_dir()}
    links = collections.defaultdict(list)
    for row in map(json.loads, wanted.links.open()):
        if row["kind"] in ("calls", "instantiates") and row["consumer"] in names:
            links[row["consumer"], row["caller_file"], row["line"]].append(row)
    project = jedi.Project(folder, sys_path=[str(folder / name) for name in sorted(names)] + sys.path)

    def order(path):
        return hashlib.sha256(str(path.relative_to(folder)).encode()).digest()

    files = sorted(folder.rglob("*.py"), key=order)
    counts, examples = collections.defaultdict(collections.Counter), []
    taken = 0
    for path in files:
        if taken == wanted.files:
            break
        repository, *rest = path.relative_to(folder).parts
        file, text = "/".join(rest), path.read_text(errors="replace")
        lines = text.split("\n")
        try:
            found = list(calls(text))
        except SyntaxError:
            continue
        taken += 1
        script = jedi.Script(text, path=path, project=project)
        for at, line, column, name in found:
            column = len(lines[line - 1].encode()[:column].decode(errors="ignore"))
            known = meanings(script, line, column)
            elsewhere = [
                meaning
                for meaning in known
                if meaning.module_path
                and folder in meaning.module_path.parents
                and meaning.module_path.relative_to(folder).parts[0] != repository
                and meaning.type in ("function", "class")
            ]
            ours = [row for at in {at, line} for row in links[repository, file, at]]
            same = [row for row in ours if fits(row, name, known)]
            rows = [row for row in ours if row["callee"].split(".")[-1] == name or constructs(row, name)]
            pair = None
            if elsewhere:
                pair = repository, elsewhere[0].module_path.relative_to(folder).parts[0]
                result = "both" if any(fits(row, name, elsewhere) for row in ours) else "missed"
            elif rows and not same:
                pair = repository, rows[0]["provider"]
                result = "differ" if any(meaning.type != "module" for meaning in known) else "unknown"
            else:
                continue
            counts[pair][result] += 1
            if result in ("missed", "differ"):
                theirs = {f"{meaning.module_path}:{meaning.line} {meaning.full_name}" for meaning in known}
                mine = {f"{row['callee_file']}:{row['callee_line']} {row['callee']}" for row in rows}
                examples.append((result, f"{repository}/{file}:{line}", name, sorted(theirs), sorted(mine)))
    report(counts)
    for example in sorted(examples, key=lambda it: hashlib.sha256(it[1].encode()).digest())[: wanted.show]:
        print(*example, sep="\n    ")


def constructs(row, name):
    return row["callee"].split(".")[-2:] == [name, "__init__"]


def fits(row, name, meanings):
    parts = row["callee"].split(".")
    for meaning in meanings:
        if meaning.type == "class":
            owner = parts[-2] if parts[-1] in ("__init__", "__new__", "__call__") and len(parts) > 1 else parts[-1]
            if owner in bases(meaning):
                return True
        elif meaning.name == parts[-1] and str(meaning.module_path).endswith(row["callee_file"]):
            return True
    return False


def report(counts):
    total = sum(counts.values(), collections.Counter())
    print("| from → to | both have it | only Jedi | they differ | Jedi does not know |")
    print("|---|---|---|---|---|")
    rows = sorted(counts.items(), key=lambda it: (-sum(it[1].values()), it[0]))
    for title, row in [*((" → ".join(pair), row) for pair, row in rows), ("all", total)]:
        print(f"| {title} | {row['both']} | {row['missed']} | {row['differ']} | {row['unknown']} |")
    both, missed, differ = total["both"], total["missed"], total["differ"]
    print(f"\nOf what Jedi has, `qf` has {both / max(1, both + missed):.3f}; "
          f"where both say something, they agree on {both / max(1, both + differ):.3f}.")


if __name__ == "__main__":
    main()
