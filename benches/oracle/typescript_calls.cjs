#!/usr/bin/env node
// Calls of one TypeScript or JavaScript repository against the TypeScript compiler.
//
//     npm install typescript@5.6 @types/node
//     qf index FOLDER; qf export edges --kind calls --kind instantiates --min-tier likely > EDGES.jsonl
//     node benches/oracle/typescript_calls.cjs FOLDER EDGES.jsonl [SHOWN [js]]
//
// With `js` its JavaScript is looked at too, and declaration files beside sources are not. Names of workspace
// packages are mapped to their sources; other dependencies are not installed, so what their types would say
// the compiler does not know either. Every call is asked of both: the functions and classes with a name that
// the compiler has in the repository for the callee and for the chosen signature, and what `qf` has on the
// line. They agree where a row names one of them at one of its lines; they differ where `qf` names something
// and the compiler only others. Prints the counts, and examples of what is missed and what differs.

"use strict";
const fs = require("fs");
const path = require("path");
const ts = require("typescript");

const [root, edges, shown] = [path.resolve(process.argv[2]), process.argv[3], Number(process.argv[4] ?? 0)];
const scripts = process.argv[5] === "js";
const READ = scripts ? /\.[cm]?[jt]sx?$/ : /\.[cm]?tsx?$/;
const repository = path.basename(root);
const byPlace = new Map();
for (const line of fs.readFileSync(edges, "utf8").split("\n").filter(Boolean)) {
  const row = JSON.parse(line);
  if (row.caller_repo !== repository) continue;
  const place = `${row.caller_file}:${row.line}`;
  byPlace.set(place, [...(byPlace.get(place) ?? []), row]);
}

const files = [];
const paths = {};
const ENTRIES = ["src/index.ts", "src/index.tsx", "index.ts", "src/public/index.ts", "src/main.ts"];
const SOURCES = [".$1js", ".$1ts", ".js", ".cjs", ".mjs"];

function collect(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (["node_modules", "dist", "client-dist"].includes(entry.name) || entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) collect(at);
    else if (READ.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name)) files.push(at);
    else if (entry.name === "package.json") workspace(folder, at);
  }
}

function workspace(folder, manifest) {
  let name;
  try {
    name = JSON.parse(fs.readFileSync(manifest, "utf8")).name;
  } catch {
    return;
  }
  if (!name) return;
  const entry = ENTRIES.map((it) => path.join(folder, it)).find((it) => fs.existsSync(it));
  if (entry) paths[name] = [entry];
  paths[`${name}/*`] = ["src/*", "src/*/index.ts", "*"].map((it) => path.join(folder, it));
}

collect(root);
const options = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.ReactJSX,
  noEmit: true,
  allowJs: scripts,
  checkJs: scripts,
  maxNodeModuleJsDepth: 0,
  skipLibCheck: true,
  strict: true,
  experimentalDecorators: true,
  allowImportingTsExtensions: true,
  baseUrl: root,
  paths,
  types: ["node"],
};
// A declaration file beside sources says the same again: sources are what is asked for.
const host = ts.createCompilerHost(options);
const exists = host.fileExists.bind(host);
const isDeclared = (file) => scripts && file.startsWith(`${root}/`) && /\.d\.[cm]?ts$/.test(file) && !file.includes("/node_modules/");
host.fileExists = (file) => exists(file) && !(isDeclared(file) && SOURCES.some((it) => exists(file.replace(/\.d\.([cm]?)ts$/, it))));
const program = ts.createProgram(files, options, host);
const checker = program.getTypeChecker();
const isOurs = (file) => file.fileName.startsWith(`${root}/`) && !file.fileName.includes("/node_modules/");
const lineOf = (file, at) => file.getLineAndCharacterOfPosition(at).line + 1;
const last = (name) => name.split(".").pop();

function isCallable(node) {
  if (ts.isConstructorDeclaration(node)) return true;
  const held = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node);
  const value = held ? node.initializer : undefined;
  const isFunction = value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
  return Boolean(node.name) && (ts.isFunctionLike(node) || ts.isClassDeclaration(node) || Boolean(isFunction));
}

function meant(call, name) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const signature = checker.getResolvedSignature(call)?.declaration;
  return [...(symbol?.declarations ?? []), ...(signature ? [signature] : [])];
}

const counts = { both: 0, missed: 0, differ: 0, unknown: 0 };
const examples = [];

function judge(file, call, name) {
  const from = path.relative(root, file.fileName);
  const line = lineOf(file, name.getStart());
  const places = new Set([lineOf(file, call.getStart()), line]);
  const rows = [...places].flatMap((at) => byPlace.get(`${from}:${at}`) ?? []);
  const declarations = meant(call, name);
  const place = (node) => {
    const source = node.getSourceFile();
    return {
      file: path.relative(root, source.fileName),
      name: node.name?.getText() ?? "constructor",
      from: lineOf(source, node.getStart()) - 1,
      to: lineOf(source, node.getEnd()),
    };
  };
  const known = declarations.filter((node) => isOurs(node.getSourceFile()) && isCallable(node)).map(place);
  const named = rows.filter((row) => last(row.callee) === name.text);
  const fits = (row) => (it) => {
    const inside = row.callee_file === it.file && row.callee_line >= it.from && row.callee_line <= it.to;
    return inside && [it.name, name.text, "constructor", "<lambda>"].includes(last(row.callee));
  };
  let result;
  if (known.length > 0) result = rows.some((row) => known.some(fits(row))) ? "both" : "missed";
  else if (named.length === 0) return;
  else if (declarations.length === 0) result = "unknown";
  // A field or variable that holds a function is no function to the compiler.
  else if (named.every((row) => declarations.map(place).some(fits(row)))) return;
  else result = "differ";
  counts[result] += 1;
  if (result === "missed" || result === "differ") {
    const theirs = known.map((it) => `${it.file}:${it.from + 1} ${it.name}`);
    const ours = named.map((row) => `${row.callee_file}:${row.callee_line} ${row.callee} ${row.tier}`);
    examples.push([result, `${from}:${line}`, name.text, theirs.join(" | "), ours.join(" | ")]);
  }
}

function visit(file, node) {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    let callee = node.expression;
    while (ts.isParenthesizedExpression(callee) || ts.isNonNullExpression(callee)) callee = callee.expression;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) judge(file, node, name);
  }
  ts.forEachChild(node, (child) => visit(file, child));
}

for (const file of program.getSourceFiles()) {
  if (isOurs(file) && !file.isDeclarationFile) visit(file, file);
}
const share = (part, other) => (part / Math.max(1, part + other)).toFixed(3);
const { both, missed, differ, unknown } = counts;
console.log(`| ${repository} | ${both} | ${missed} | ${differ} | ${unknown} | ${share(both, missed)} | ${share(both, differ)} |`);
const spread = (text) => [...text].reduce((hash, sign) => (hash * 31 + sign.codePointAt(0)) >>> 0, 7) * 2654435761 % 2 ** 32;
examples.sort((a, b) => spread(a[1] + a[2]) - spread(b[1] + b[2]));
for (const example of examples.slice(0, shown)) console.log(example.join("  "));
