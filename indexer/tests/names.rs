//! Where a name begins to mean what: locals from their declaration on, functions beside variables of
//! their name, what is inherited beside what is overloaded, and packages of other repositories.

use crate::resolution::{check, named_calls};
use crate::support::{self, Place};
use qf_graph::edge::{EdgeKind, Tier};

#[test]
fn a_local_of_go_begins_at_its_declaration() {
    let source = "package a
type A struct{}
func (a *A) Name() string { return \"\" }
func (a *A) Next() *B { return nil }
type B struct{}
func (b *B) Name() string { return \"\" }
func item() *A { return nil }
func own(x *A) { if x != nil { x := x.Next(); x.Name() } }
func before(x *A) { x.Name(); if true { x.Name(); x := x.Next(); x.Name() } }
func called() { item := item(); item.Name() }
type server struct{}
func (s *server) Serve() {}
func start() (*server, error) { server := &server{}; return server, nil }
func use() { s, _ := start(); s.Serve() }
func (server *server) Stop() { server.Serve() }
";
    let expected = "
        own -> A.Next @4
        own -> B.Name @6
        !own -> A.Name @3
        before -> A.Name @3
        before -> B.Name @6
        called -> item @7
        called -> A.Name @3
        use -> server.Serve @12
        server.Stop -> server.Serve @12
    ";
    check("a.go", source, expected);
}

#[test]
fn a_variable_of_java_hides_no_method_and_no_field_before_it() {
    let source = "class A {
  private One buffer;
  void go() { buffer.one(); Two buffer = new Two(); buffer.two(); }
  One target() { return null; }
  void make() { One target = target(); target.one(); }
  void count(int length) { int n = length(); }
  int length() { return 0; }
}
class One { void one() {} }
class Two { void one() {} void two() {} }
class Box<T> { private final One head = null; One head() { return head; } }
class Use { void use(Box<String> b) { b.head(); } }
";
    let expected = "
        A.go -> One.one @9
        A.go -> Two.two @10
        !A.go -> Two.one @10
        A.make -> A.target @4
        A.make -> One.one @9
        A.count -> A.length @7
        Use.use -> Box.head @11
    ";
    check("A.java", source, expected);
}

#[test]
fn what_java_inherits_stands_beside_its_overloads() {
    let source = "import java.io.*;
class Mapper {
  Object read(String s) { return null; }
  Object read(Reader r) { return null; }
  private void secret(int n) {}
}
class Xml extends Mapper {
  Object read(Integer i) { return null; }
  private void secret(int n) {}
  void go() { secret(1); }
}
class Out extends OutputStream { void write(int b) {} }
interface Conf { void set(String s); }
abstract class Base0 implements Conf { public void set(String s) {} }
abstract class Base1 extends Base0 {}
class Real extends Base1 implements Conf {}
class Arrays2 {
  void same(byte[] a) {}
  void same(short[] a) {}
  void same(Object a) {}
  void num(int n) {}
  void num(long n) {}
}
class Use {
  void text(Xml m) { m.read(\"x\"); }
  void stream(Xml m) { m.read(new StringReader(\"x\")); }
  void many(Out o, byte[] b) { o.write(b, 0, 1); }
  void conf(Real r) { r.set(\"x\"); }
  void arrays(Arrays2 a, byte[] b, long[][] n) { a.same(b); }
  void nested(Arrays2 a, long[][] n) { a.same(n); }
  void numbers(Arrays2 a, Integer n) { a.num(n.longValue()); }
}
";
    let expected = "
        Use.text -> Mapper.read @3
        !Use.text -> Xml.read @8
        Use.stream -> Mapper.read @4
        !Use.many -> Out.write @12
        Xml.go -> Xml.secret @9
        !Xml.go -> Mapper.secret @5
        Use.conf -> Base0.set @14
        Use.arrays -> Arrays2.same @18
        !Use.arrays -> Arrays2.same @19
        Use.nested -> Arrays2.same @20
        Use.numbers -> Arrays2.num @22
        !Use.numbers -> Arrays2.num @21
    ";
    check("A.java", source, expected);
}

#[test]
fn folders_of_javascript_are_imported_by_their_manifest() {
    let found = named_calls(&[
        ("package.json", "{\"name\": \"root\", \"main\": \"lib/start.js\"}"),
        ("lib/start.js", "module.exports = function start() {};\n"),
        ("index.js", "module.exports = function other() {};\n"),
        ("test/a.js", "const start = require('..');\nfunction go() { start(); }\n"),
    ]);
    assert_eq!(found, ["go -> start"]);
    let found = named_calls(&[
        ("p/package.json", "{\"name\": \"p\", \"exports\": {\".\": \"./e.js\"}}"),
        ("p/e.js", "exports.g = function exported() {};\n"),
        ("p/index.js", "exports.g = function index() {};\n"),
        ("test/a.js", "const p = require('../p');\nfunction go() { p.g(); }\n"),
    ]);
    assert!(!found.iter().any(|call| call.contains("exported")), "{found:?}");
}

#[test]
fn what_is_no_variable_has_no_methods_to_guess() {
    let java = "import java.util.*;
class Scope { List emptyScopeList() { return null; } }
class Use { void use() { Collections.emptyScopeList(); } }
";
    let go = "package a
type Store struct{}
func (s *Store) GetLogEntry(n int) {}
func bench() { elsewhere.GetLogEntry(1) }
";
    assert!(named_calls(&[("A.java", java)]).is_empty());
    assert!(named_calls(&[("a.go", go)]).is_empty());
}

#[test]
fn what_tests_put_into_a_type_is_theirs() {
    let found = named_calls(&[
        ("lib/run.js", "class Run { start() { this.emit(); } }\nmodule.exports = Run;\n"),
        (
            "test/patch.test.js",
            "const Run = require('../lib/run');\nRun.prototype.emit = function () {};\n\
             function inside() { new Run().emit(); }\n",
        ),
    ]);
    assert!(found.iter().any(|call| call.starts_with("inside -> ")), "{found:?}");
    assert!(!found.iter().any(|call| call.starts_with("Run.start -> ")), "{found:?}");
}

#[test]
fn sources_below_src_are_no_build_output() {
    let place = Place::with(&[
        ("src/main/java/com/acme/build/Maker.java", "package com.acme.build; class Maker {}"),
        ("build/classes/Made.java", "class Made {}"),
        ("src/node_modules/x.js", "x()"),
    ]);
    place.index();
    assert_eq!(place.indexed(), ["src/main/java/com/acme/build/Maker.java"]);
}

/// A workspace of several repositories, a folder each.
fn workspace(files: &[(&str, &str)]) -> Vec<String> {
    let place = Place::new();
    let mut roots = std::collections::BTreeSet::new();
    for (path, source) in files {
        place.write(path, source);
        roots.extend(path.split('/').next().map(|root| place.path(root)));
    }
    let roots: Vec<_> = roots.into_iter().collect();
    support::index(&place.home(), &roots).expect("the workspace is indexed");
    let snapshot = place.snapshot();
    let mut calls: Vec<String> = support::edges(&snapshot)
        .filter(|edge| edge.kind == EdgeKind::Calls && edge.tier <= Tier::Likely)
        .map(|edge| {
            let repository = snapshot.repository_name(snapshot.repository_of(edge.to));
            let (from, line) = (snapshot.qualified_name(edge.from), snapshot.lines(edge.to).1);
            format!("{from} -> {repository} {} @{line}", snapshot.qualified_name(edge.to))
        })
        .collect();
    calls.sort();
    calls
}

#[test]
fn of_two_repositories_with_one_package_the_required_one_is_meant() {
    let pom = |name: &str, needs: &str| {
        format!(
            "<project><groupId>com.{name}</groupId><artifactId>{name}</artifactId>\
             <version>1</version><dependencies>{needs}</dependencies></project>"
        )
    };
    let needs = "<dependency><groupId>com.lib</groupId><artifactId>lib</artifactId>\
        <version>1</version></dependency>";
    let log = "package com.lib; public class Log { public void info(String s) {} }";
    let app = "package app; import com.lib.Log; class A { void f(Log l) { l.info(\"x\"); } }";
    let calls = workspace(&[
        ("lib/pom.xml", &pom("lib", "")),
        ("lib/src/main/java/com/lib/Log.java", log),
        ("bridge/pom.xml", &pom("bridge", "")),
        ("bridge/src/main/java/com/lib/Log.java", log),
        ("app/pom.xml", &pom("app", needs)),
        ("app/src/main/java/app/A.java", app),
    ]);
    assert_eq!(calls, ["A.f -> lib Log.info @1"]);
}

#[test]
fn rust_between_crates() {
    let manifest = |name: &str, needs: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{needs}")
    };
    let dep = "pub fn make() -> u32 { 1 }
pub trait Off { fn off(&self) -> u8; }
impl Off for str { fn off(&self) -> u8 { 1 } }
#[cfg(feature = \"std\")] pub struct Map<K, V> { k: K, v: V }
#[cfg(not(feature = \"std\"))] pub struct Map<K, V> { k: K, v: V }
impl<K, V> Map<K, V> { pub fn fetch(&self) -> &V { &self.v } }
pub struct Slice;
impl Slice { fn begin(&self) -> usize { 1 } }
pub trait Place { fn begin(&self) -> usize; }
impl Place for Slice { fn begin(&self) -> usize { 2 } }
";
    let module = "use d::make;
use dep::{Off, Place as _, Slice};
pub fn made() { make(); }
pub fn extended(s: &str) { s.off(); }
pub fn twice(m: &dep::Map<u8, u8>) { m.fetch(); }
pub fn hidden(s: &Slice) { s.begin(); }
";
    let calls = workspace(&[
        ("dep/Cargo.toml", &manifest("dep", "")),
        ("dep/src/lib.rs", dep),
        ("app/Cargo.toml", &manifest("app", "[dependencies]\ndep = \"1\"\n")),
        ("app/src/lib.rs", "extern crate dep as d;\nmod m;\n"),
        ("app/src/m.rs", module),
    ]);
    assert_eq!(
        calls,
        [
            "extended -> dep off @3",
            "hidden -> dep Slice.begin @10",
            "made -> dep make @1",
            "twice -> dep Map.fetch @6",
        ]
    );
}

#[test]
fn a_package_of_go_is_called_by_its_clause() {
    let calls = workspace(&[
        ("lib/go.mod", "module example.com/lib\n\ngo 1.18\n"),
        ("lib/odd/odd.go", "package oddname\n\nfunc Get() int { return 1 }\n"),
        ("app/go.mod", "module example.com/app\n\ngo 1.18\n\nrequire example.com/lib v0.0.0\n"),
        (
            "app/main.go",
            "package main\n\nimport \"example.com/lib/odd\"\n\nfunc use() { oddname.Get() }\n",
        ),
    ]);
    assert_eq!(calls, ["use -> lib Get @3"]);
}
