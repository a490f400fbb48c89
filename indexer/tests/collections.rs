//! What is known of the elements of collections that are seen in another way: the values and entries
//! of mappings, what a function makes of each element, named collections.

use crate::resolution::{has, named_calls};

/// Callers that must lead to `Foo.hit`, whatever its case, and those that must not.
fn reach(path: &str, source: &str, reaching: &[&str], not: &[&str]) {
    let found = named_calls(&[(path, source)]);
    let hits = |caller: &str| {
        found.iter().any(|call| call.eq_ignore_ascii_case(&format!("{caller} -> Foo.hit")))
    };
    for caller in reaching {
        assert!(hits(caller), "{caller} of {path} reaches nothing\nfound: {found:#?}");
    }
    for caller in not {
        assert!(!hits(caller), "{caller} of {path} reaches Foo.hit\nfound: {found:#?}");
    }
}

#[test]
fn of_typescript() {
    let source = "class Foo { hit() {} n(): number { return 1; } other(): Foo { return this; } }
class Key { hit2() {} }
class A {
  m: Map<string, Foo> = new Map(); r: Record<string, Foo> = {}; s: Set<Foo> = new Set();
  l: Foo[] = [];
  values() { for (const f of this.m.values()) f.hit(); }
  pairs() { for (const [k, f] of this.m) f.hit(); }
  entries() { for (const [k, f] of this.m.entries()) f.hit(); }
  each() { this.m.forEach((f) => f.hit()); }
  ofObject() { Object.values(this.r).forEach((f) => f.hit()); }
  pairsOfObject() { for (const [k, f] of Object.entries(this.r)) f.hit(); }
  from() { Array.from(this.m.values()).forEach((f) => f.hit()); }
  spread() { [...this.m.values()].map((f) => f.hit()); }
  mapped() { this.l.map((f) => f.other()).forEach((g) => g.hit()); }
  flat() { this.l.flatMap((f) => [f.other()]).forEach((g) => g.hit()); }
  numbered() { for (const [i, f] of this.l.entries()) f.hit(); }
  async all() { const fs = await Promise.all(this.l.map(async (x) => x.other())); fs[0].hit(); }
  then() { this.q().then((x) => x.other()).then((y) => y.hit()); }
  async q(): Promise<Foo> { return new Foo(); }
  keys() { for (const k of this.m.keys()) k.hit(); }
  keyOfEach() { this.m.forEach((f, k) => k.hit()); }
  numbers() { this.l.map((f) => f.n()).forEach((n) => n.hit()); }
  made() { Array.from(this.l, (f) => f.n()).forEach((n) => n.hit()); }
}
";
    let reaching = [
        "A.values",
        "A.pairs",
        "A.entries",
        "A.each",
        "A.ofObject",
        "A.pairsOfObject",
        "A.from",
        "A.spread",
        "A.mapped",
        "A.flat",
        "A.numbered",
        "A.all",
        "A.then",
    ];
    reach("a.ts", source, &reaching, &["A.keys", "A.keyOfEach", "A.numbers", "A.made"]);
}

#[test]
fn of_java() {
    let source = "import java.util.*;
class Foo { void hit() {} int n() { return 1; } Foo other() { return this; } }
class A {
  Map<String, Foo> map = new HashMap<>();
  Map<Foo, String> turned = new HashMap<>();
  void values() { for (var f : map.values()) f.hit(); }
  void entries() { for (var e : map.entrySet()) { e.getValue().hit(); } }
  void each() { map.forEach((k, v) -> v.hit()); }
  void eachValue() { map.values().forEach(v -> v.hit()); }
  void streamed() { map.values().stream().filter(f -> f.n() > 1).forEach(f -> f.hit()); }
  void mapped() { map.values().stream().map(f -> f.other()).forEach(g -> g.hit()); }
  void first() { map.values().iterator().next().hit(); }
  void keys() { for (var k : turned.keySet()) k.hit(); }
  void key() { map.forEach((k, v) -> k.hit()); }
  void turnedValues() { for (var v : turned.values()) v.hit(); }
}
";
    let reaching = [
        "A.values",
        "A.entries",
        "A.each",
        "A.eachValue",
        "A.streamed",
        "A.mapped",
        "A.first",
        "A.keys",
    ];
    reach("A.java", source, &reaching, &["A.key", "A.turnedValues"]);
}

#[test]
fn of_python() {
    let source = "from typing import Dict
class Foo:
    def hit(self): pass
class A:
    m: Dict[str, Foo]
    def held(self):
        vs = self.m.values()
        for v in vs:
            v.hit()
    def ordered(self):
        for f in sorted(self.m.values(), key=lambda x: x.hit()):
            f.hit()
    def pairs(self):
        for k, f in sorted(self.m.items()):
            f.hit()
    def numbered(self):
        for i, f in enumerate(self.m.values()):
            f.hit()
    def listed(self):
        list(self.m.values())[0].hit()
    def keys(self):
        for k, f in sorted(self.m.items()):
            k.hit()
";
    let reaching = ["A.held", "A.ordered", "A.pairs", "A.numbered", "A.listed"];
    reach("a.py", source, &reaching, &["A.keys"]);
}

#[test]
fn of_rust() {
    let source = "use std::collections::HashMap;
struct Foo; impl Foo { fn hit(&self) {} }
struct A { map: HashMap<String, Foo> }
impl A {
    fn values(&self) { for f in self.map.values() { f.hit(); } }
    fn mutable(&mut self) { for f in self.map.values_mut() { f.hit(); } }
}
";
    reach("src/lib.rs", source, &["A.values", "A.mutable"], &[]);
}

#[test]
fn of_kotlin() {
    let source = "class Foo {
  fun hit() {}
}
class A {
  val map: Map<String, Foo>
  fun values() { for (f in map.values) { f.hit() } }
  fun pairs() { for ((k, f) in map) { f.hit() } }
  fun entries() { for (e in map.entries) { e.value.hit() } }
  fun first() { map.values.first().hit() }
}
";
    reach("a.kt", source, &["A.values", "A.pairs", "A.entries", "A.first"], &[]);
}

#[test]
fn of_csharp() {
    let source = "class Foo { public void Hit() {} }
class A {
  Dictionary<string, Foo> map;
  void Each() { foreach (var f in map.Values) { f.Hit(); } }
  void Pairs() { foreach (var kv in map) { kv.Value.Hit(); } }
  void Filtered() { foreach (var f in map.Values.Where(x => true)) { f.Hit(); } }
}
";
    reach("a.cs", source, &["A.Each", "A.Pairs", "A.Filtered"], &[]);
}

#[test]
fn of_go() {
    let source = "package a
type Foo struct{}
func (f *Foo) Hit() {}
type Foos []*Foo
type ByName map[string]*Foo
type Make func(n int) *Foo
func named(s Foos) { for _, f := range s { f.Hit() } }
func indexed(s Foos) { s[0].Hit() }
func mapped(m ByName) { m[\"a\"].Hit() }
func keys(m map[*Foo]bool) { for f := range m { f.Hit() } }
func channel(c chan *Foo) { for f := range c { f.Hit() } }
func made(m Make) { m(1).Hit() }
func positions(s []*Foo) { for i := range s { i.Hit() } }
";
    let reaching = ["named", "indexed", "mapped", "keys", "channel", "made"];
    reach("a.go", source, &reaching, &["positions"]);
}

#[test]
fn of_what_leads_nowhere() {
    // Functions that give what they make of themselves come to an end.
    let script = "export function loop(xs) { return xs.map(loop).map((x) => loop([x])); }
export const again = () => again().then(again).then((x) => x.then(again));
loop([1]).forEach((x) => x.hit());
function retry(n) { return fetch('x').then(r => r.ok ? r : retry(n - 1)); }
async function m() { const r = await retry(3); return r.status; }
function f(x) { return [x].flatMap(f); }
f(1).forEach(z => z.go());
function poll() { return new Promise(r => setTimeout(r, 1)).then(() => poll()); }
poll().then(x => x.go());
class Store { toSorted() { return 1; } }
export function guessed(o) { return Object.values(o).toSorted(); }
";
    let typed = "interface N { kids: N[]; go(): void }
function walk(n: N) { return n.kids.flatMap(walk); }
export function m(n: N) { for (const q of walk(n)) q.go(); }
";
    let kotlin = "class N(val kids: List<N>) {
  fun go() {}
  fun walk() = kids.flatMap { it.walk() }
  fun m() { for (q in walk()) q.go() }
}
";
    let found = named_calls(&[("a.js", script), ("b.ts", typed), ("c.kt", kotlin)]);
    has(&found, &["loop -> loop", "m -> walk"]);
    assert!(!found.iter().any(|call| call.starts_with("guessed -> ")), "{found:#?}");
}
