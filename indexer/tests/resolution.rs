//! Classes of calls that need more than a name to be bound: overloads, constructors nobody wrote,
//! functions as values, generics, traits of tuples.
//!
//! A case is a file and the calls that must and must not be found in it, at tiers that default
//! answers use: `caller -> callee @line`, the line of the callee's name.

use crate::support::Place;
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::id::SymbolId;
use qf_graph::snapshot::{Direction, Snapshot};

fn calls(path: &str, source: &str) -> Vec<String> {
    calls_between(&[(path, source)], |snapshot, from, to| {
        let line = snapshot.lines(to).1;
        format!("{} -> {} @{line}", snapshot.qualified_name(from), snapshot.qualified_name(to))
    })
}

/// The calls that default answers use, each as `say` says it.
fn calls_between(
    files: &[(&str, &str)],
    say: impl Fn(&Snapshot, SymbolId, SymbolId) -> String,
) -> Vec<String> {
    let place = Place::with(files);
    place.index();
    let snapshot = place.snapshot();
    let mut out = Vec::new();
    for symbol in snapshot.symbols() {
        for edge in snapshot.edges(symbol, Direction::Out) {
            if edge.kind == EdgeKind::Calls && edge.tier <= Tier::Likely {
                out.push(say(&snapshot, symbol, edge.to));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Lines that begin with `!` must not be found.
pub fn check(path: &str, source: &str, expected: &str) {
    let found = calls(path, source);
    for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (wanted, line) = match line.strip_prefix('!') {
            Some(line) => (false, line),
            None => (true, line),
        };
        assert_eq!(found.iter().any(|f| f == line), wanted, "{line}\nfound: {found:#?}");
    }
}

#[test]
fn java_overloads_are_chosen_by_types() {
    let source = "class Writer {
  void value(String v) {}
  void value(boolean v) {}
  void value(Boolean v) {}
  void value(long v) {}
  void value(double v) {}
  void value(Number v) {}
  void all(Object... v) {}
  void all(Object v) {}
  void run(Runnable r, int n) {}
  void run(String s, int n) {}
  void use(int i, Integer boxed, java.math.BigDecimal big, char c, String[] many) {
    value(\"a\");
    value(true);
    value(i);
    value(1.5f);
    number(boxed);
    all(1, 2);
    all(big);
    run(() -> {}, 1);
    run(null, c);
  }
  void number(Integer v) {}
  void number(String v) {}
}
class Loud extends Writer {
  void value(String v, int times) {}
  void shout() { value(\"hey\"); value(\"hey\", 2); }
}
";
    let expected = "
        Writer.use -> Writer.value @2
        Writer.use -> Writer.value @3
        !Writer.use -> Writer.value @4
        Writer.use -> Writer.value @5
        Writer.use -> Writer.value @6
        !Writer.use -> Writer.value @7
        Writer.use -> Writer.number @23
        !Writer.use -> Writer.number @24
        Writer.use -> Writer.all @8
        Writer.use -> Writer.all @9
        Writer.use -> Writer.run @10
        Loud.shout -> Writer.value @2
        Loud.shout -> Loud.value @27
        !Loud.shout -> Writer.value @5
    ";
    check("Writer.java", source, expected);
}

#[test]
fn java_constructors_that_nobody_wrote_run() {
    let source = "class Base {
  Base() {}
  Base(int size) {}
}
class Plain extends Base {
}
class Given extends Plain {
  Given() { }
}
@interface Marked {}
@Marked
class Use {
  Base make() { return new Plain(); }
  Base other() { return new Base(3) { }; }
  static Base shared = new Base();
}
";
    let expected = "
        Plain -> Base.Base @2
        !Plain -> Base.Base @3
        Given.Given -> Plain @5
        !Given.Given -> Base.Base @2
        Use.make -> Plain @5
        !Use.make -> Base.Base @2
        Use.other -> Base @1
        Use.other -> Base.Base @3
        !Use.other -> Base.Base @2
        Use -> Base.Base @2
        !Use -> Marked @10
    ";
    check("Use.java", source, expected);
}

#[test]
fn java_calls_run_what_overrides_the_method() {
    let source = "class Shape {
  double area() { return 0; }
  double area(int unit) { return 0; }
  private void secret() {}
  void show() { secret(); }
}
class Circle extends Shape {
  double area() { return super.area(); }
  void secret() {}
}
class Page {
  void draw(Shape s) { s.area(); }
  void make() { new Shape().area(); }
}
";
    let expected = "
        Page.draw -> Shape.area @2
        Page.draw -> Circle.area @8
        !Page.draw -> Shape.area @3
        Page.make -> Shape.area @2
        !Page.make -> Circle.area @8
        Circle.area -> Shape.area @2
        Shape.show -> Shape.secret @4
        !Shape.show -> Circle.secret @9
    ";
    check("Page.java", source, expected);
}

#[test]
fn java_functions_as_values_reflection_and_narrowing() {
    let source = "import java.util.function.Supplier;
class Tool {
  String name() { return \"\"; }
  static void start(int n) {}
  void use(Object o, Tool t) throws Exception {
    Supplier<String> s = t::name;
    s.get();
    Tool.class.getMethod(\"start\", int.class).invoke(null, 1);
    if (o instanceof Tool) { o.toString(); }
  }
  public String toString() { return \"tool\"; }
  void plain(Object o) { o.toString(); }
}
";
    let expected = "
        Tool.use -> Tool.name @3
        Tool.use -> Tool.start @4
        Tool.use -> Tool.toString @11
        !Tool.plain -> Tool.toString @11
    ";
    check("Tool.java", source, expected);
}

#[test]
fn java_names_of_types_and_of_fields_are_told_apart() {
    let source = "import java.net.URL;
abstract class Adapter { Adapter() {} }
class Adapters {
  static final Adapter URL = new Adapter() { };
  Object read(String text) { return new URL(text); }
}
";
    check("Adapters.java", source, "!Adapters.read -> Adapter.Adapter @2");
}

#[test]
fn java_type_parameters_stand_for_arguments() {
    let source = "import java.util.List;
class User { void pay() {} }
class Card { void pay() {} }
class Box<T> {
  T value;
  T get() { return value; }
  List<T> all() { return null; }
  Box<T> self() { return this; }
}
class UserBox extends Box<User> { }
class Use {
  <R> R first(List<R> of) { return of.get(0); }
  <R> R read(Class<R> kind) { return null; }
  void box(Box<User> b) { b.get().pay(); }
  void field(Box<Card> b) { b.value.pay(); }
  void chain(Box<Card> b) { b.self().self().get().pay(); }
  void element(Box<Card> b) { b.all().get(0).pay(); }
  void inherited(UserBox b) { b.get().pay(); }
  void method(List<Card> cards) { first(cards).pay(); }
  void literal() { read(User.class).pay(); }
}
";
    let expected = "
        Use.box -> User.pay @2
        !Use.box -> Card.pay @3
        Use.field -> Card.pay @3
        Use.chain -> Card.pay @3
        Use.element -> Card.pay @3
        Use.inherited -> User.pay @2
        Use.method -> Card.pay @3
        Use.literal -> User.pay @2
        !Use.literal -> Card.pay @3
    ";
    check("Use.java", source, expected);
}

#[test]
fn typescript_type_parameters_stand_for_arguments() {
    let source = "class User { pay() {} }
class Card { pay() {} }
class Box<T> {
  value: T;
  get(): T { return this.value; }
}
function box(b: Box<User>) { b.get().pay(); }
function field(b: Box<Card>) { b.value.pay(); }
";
    let expected = "
        box -> User.pay @1
        !box -> Card.pay @2
        field -> Card.pay @2
    ";
    check("use.ts", source, expected);
}

#[test]
fn rust_tuples_have_traits() {
    let source = "pub trait Layer<S> { fn layer(&self, service: S) -> S; }
impl<S, A: Layer<S>> Layer<S> for (A,) {
    fn layer(&self, service: S) -> S { let (a,) = self; a.layer(service) }
}
impl<S, A: Layer<S>, B: Layer<S>> Layer<S> for (A, B) {
    fn layer(&self, service: S) -> S { let (a, b) = self; a.layer((b,).layer(service)) }
}
";
    let found = calls("src/lib.rs", source);
    for line in ["layer -> Layer.layer @1", "layer -> layer @3"] {
        assert!(found.iter().any(|found| found == line), "{line}\nfound: {found:#?}");
    }
}

#[test]
fn rust_variants_projections_and_outer_bounds() {
    let source = "use pin_project_lite::pin_project;
pub trait Service { fn call(&mut self); fn ready(&mut self); }
impl Service for Real { fn call(&mut self) {} fn ready(&mut self) {} }
pub struct Real;
pin_project! {
    #[project = StateProj]
    pub enum State<S> { Idle { svc: S }, Busy(S) }
}
impl<S: Service> State<S> {
    fn poll(self: Pin<&mut Self>) {
        match self.project() { StateProj::Idle { svc } => svc.ready(), _ => {} }
    }
    fn run(&mut self) { if let State::Busy(svc) = self { svc.call() } }
}
pub struct Spawn<T> { inner: T }
impl<T> Spawn<T> {
    fn enter(&mut self) where T: Service { self.inner.call() }
}
pin_project! { pub struct Wrap { inner: Real } }
impl Wrap { fn poll(self: Pin<&mut Self>) { self.project().inner.go() } }
impl Real { fn go(&self) {} }
";
    let expected = "
        State.poll -> Service.ready @2
        State.run -> Service.call @2
        Spawn.enter -> Service.call @2
        !Spawn.enter -> Real.call @3
        Wrap.poll -> Real.go @21
    ";
    check("src/lib.rs", source, expected);
}

#[test]
fn what_a_decorator_makes_of_a_function_has_members() {
    check(
        "a.py",
        "import typing as t
from functools import wraps

class Command:
    def run(self): ...

class Group(Command):
    def command(self, *args) -> t.Callable[[t.Callable[..., t.Any]], Command]:
        raise NotImplementedError
    def group(self, *args) -> t.Callable[[t.Callable[..., t.Any]], 'Group']:
        raise NotImplementedError

def group(name: str | None = None) -> Group | t.Callable[[t.Callable[..., t.Any]], Group]:
    raise NotImplementedError

def logged(f):
    @wraps(f)
    def inner():
        return f()
    return inner

@group()
def cli():
    pass

@cli.group()
def inner():
    pass

@inner.command('x')
def leaf():
    pass

@logged
def plain():
    pass

def main():
    leaf.run()
    plain.run()
",
        "<module> -> Group.group @10
         <module> -> Group.command @8
         main -> Command.run @5
         !main -> Group.run @5",
    );
}

#[test]
fn a_decorator_puts_its_wrapper_in_place() {
    let source = "import functools

def plain(f):
    def inner():
        return f()
    return inner

def posing(f):
    @functools.wraps(f)
    def inner():
        return f()
    return inner

def same(f):
    return f

@plain
def one(): pass

@posing
def two(): pass

@same
def three(): pass

def run():
    one()
    two()
    three()
";
    check(
        "deco.py",
        source,
        "run -> plain.inner @4
         run -> one @18
         run -> two @21
         !run -> posing.inner @10
         run -> three @24
         plain.inner -> one @18
         !plain.inner -> plain.inner @4",
    );
}

#[test]
fn a_definition_of_a_later_branch_stands_in() {
    let source = "import sys
from urllib.request import bypass

if sys.platform == 'win32':
    def read(): pass
    def bypass(): pass
else:
    def read(): pass

def run():
    read()
    bypass()
";
    check("stand.py", source, "run -> read @5\n!run -> read @8\n!run -> bypass @6");
}

#[test]
fn stores_that_always_happen_replace_entries() {
    let python = "def one(): pass
def two(): pass
def three(): pass

always = {'a': one, 1: three}
always['a'] = two
sometimes = {'a': one}
if always:
    sometimes['a'] = two
deep = {'a': {'b': one}}
deep['a']['b'] = two
updated = {'a': one}
updated.update({'a': two})

def first(): always['a']()
def second(): sometimes['a']()
def third(): deep['a']['b']()
def fourth(): updated['a']()
def fifth(): always[1]()
";
    check(
        "stores.py",
        python,
        "first -> two @2
         !first -> one @1
         second -> one @1
         second -> two @2
         third -> two @2
         !third -> one @1
         fourth -> two @2
         !fourth -> one @1
         fifth -> three @3
         !fifth -> two @2",
    );
    let javascript = "function one() {}
function two() {}
const deep = { 'a': { 'b': one }, 1: two };
deep['a']['b'] = two;
function first() { deep['a']['b'](); }
function second() { deep[1](); }
";
    check("stores.js", javascript, "first -> two @2\n!first -> one @1");
}

#[test]
fn a_lambda_inside_a_function_is_part_of_it() {
    let source = "def work(): pass

def outer():
    local = lambda: work()
    return local()

top = lambda: work()
";
    check("lambdas.py", source, "outer -> work @1\ntop -> work @1\n!outer.local -> work @1");
}

#[test]
fn macros_and_prototypes_are_not_linked() {
    let place = Place::with(&[
        ("a.c", "void run(void *p) { free(p); help(p); }\n"),
        ("b.c", "#define free my_free\nvoid my_free(void *p) {}\nvoid help(void *p) {}\n"),
        ("c.c", "void free(void *p);\n"),
    ]);
    place.index();
    assert_eq!(crate::support::calls(&place.snapshot()), ["run -> help"]);
}

fn written(place: &Place) -> Vec<String> {
    let snapshot = place.snapshot();
    let mut out: Vec<String> = crate::support::edges(&snapshot)
        .filter(|edge| edge.kind == EdgeKind::Writes)
        .map(|edge| {
            let line = snapshot.lines(edge.to).1;
            let path = snapshot.path(snapshot.file(edge.to));
            format!("{} writes {path}:{line}", snapshot.qualified_name(edge.from))
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

#[test]
fn a_field_is_that_of_the_type_that_declares_it() {
    let place = Place::with(&[(
        "fields.py",
        "class Base:
    name: str

class Leaf(Base):
    def __init__(self, name):
        self.name = name
        self.own = 1

    def rename(self, name):
        self.name = name
",
    )]);
    place.index();
    assert_eq!(
        written(&place),
        [
            "Leaf.__init__ writes fields.py:2",
            "Leaf.__init__ writes fields.py:7",
            "Leaf.rename writes fields.py:2",
        ]
    );
}

#[test]
fn what_one_branch_binds_no_other_sees() {
    let source = "class A:
    def one(self): pass

class B:
    def two(self): pass
    def one(self): pass

def run(x: A, flag):
    if flag:
        x = B()
        x.two()
    elif flag is None:
        x.one()
    else:
        x.one()
    return x

def loop(flags):
    node = A()
    for flag in flags:
        if flag:
            node = B()
        else:
            node.one()
";
    check(
        "branches.py",
        source,
        "run -> A.one @2
         !run -> B.one @6
         run -> B.two @5
         loop -> A.one @2
         loop -> B.one @6",
    );
}

#[test]
fn what_was_seen_in_between_is_not_replaced() {
    let python = "def one(): pass
def two(): pass

def run():
    table = {'a': one}
    table['a']()
    table['a'] = two
    table['a']()

def own():
    table = {'a': one}
    table['a'] = table['a']() or two
    table['a']()

def kept():
    table = {'a': one}
    table.setdefault('a', two)
    table['a']()
";
    check(
        "between.py",
        python,
        "run -> one @1
         run -> two @2
         own -> one @1
         own -> two @2
         kept -> one @1",
    );
    let script = "function one() {}
function two() {}
const table = { 'a': { 'b': one } };
function change() {
  table['a']['b'] = two;
}
const other = { 'a': { 'b': one } };
function early() { other['a']['b'](); }
early();
other['a']['b'] = two;
const plain = { 'a': { 'b': one } };
plain['a']['b'] = two;
function run() { table['a']['b'](); }
function late() { plain['a']['b'](); }
";
    check(
        "between.js",
        script,
        "run -> one @1
         early -> one @1
         late -> two @2
         !late -> one @1",
    );
}

#[test]
fn an_assignment_in_a_condition_is_seen_behind_it() {
    let source = "class A:
    def go(self): pass

class B:
    def go(self): pass

def run(flag):
    x = A()
    if flag:
        x = B()
    elif (x := B()) and flag is None:
        x.go()
    else:
        x.go()
";
    check("walrus.py", source, "run -> B.go @5");
}

#[test]
fn headers_of_c_stay_with_c() {
    let place = Place::with(&[
        ("a.h", "int class = 1; /* class Foo\n template <T> */\nstruct s { int class; };\n"),
        ("b.c", "// namespace x\nint using = 1;\nint class = 2;\nint f(void) { return 1; }\n"),
        ("c.h", "/* A class. */ class Foo { public: int f(); };\n"),
    ]);
    place.index();
    let snapshot = place.snapshot();
    let languages: Vec<_> =
        snapshot.files().map(|file| (snapshot.path(file), snapshot.language(file))).collect();
    assert_eq!(languages, [("a.h", "c"), ("b.c", "c"), ("c.h", "cpp")]);
}

#[test]
fn names_that_are_the_languages_prove_nothing() {
    let source = "class Cached:
    def __set_name__(self, owner, name): pass
    def set_the_name(self, owner, name): pass

def run(f):
    f.__set_name__(1, 2)
    f.set_the_name(1, 2)
";
    check("names.py", source, "run -> Cached.set_the_name @3\n!run -> Cached.__set_name__ @2");
}

#[test]
fn rust_members_come_from_what_is_dereferenced() {
    let source = "use std::ops::Deref;
struct Token;
impl Token { fn lexeme(&self) -> u8 { 1 } fn own(&self) {} }
struct Name { token: Token }
impl Name { fn own(&self) {} }
impl Deref for Name { type Target = Token; fn deref(&self) -> &Self::Target { &self.token } }
fn run(name: &Name) { name.lexeme(); name.own(); }
";
    check(
        "lib.rs",
        source,
        "run -> Token.lexeme @3
         run -> Name.own @5
         !run -> Token.own @3",
    );
}

#[test]
fn rust_traits_give_methods_to_types_of_dependencies() {
    let files = [
        ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n"),
        ("src/lib.rs", "mod ext; mod user; mod stranger;\n"),
        (
            "src/ext.rs",
            "use std::process::Command;
pub trait CommandExt { fn shell(&mut self) {} fn find() -> Command; }
impl CommandExt for Command { fn find() -> Command { Command::new(\"x\") } }
",
        ),
        (
            "src/user.rs",
            "use crate::ext::CommandExt;
use std::process::Command;
fn run() { let mut command = Command::find(); command.shell(); }
",
        ),
        (
            "src/stranger.rs",
            "use std::process::Command;
fn run(command: &mut Command) { command.shell(); }
",
        ),
    ];
    let found = calls_between(&files, |snapshot, from, to| {
        let path = snapshot.path(snapshot.file(from)).to_owned();
        format!("{path} {}", snapshot.qualified_name(to))
    });
    // A trait that is not imported gives nothing.
    assert_eq!(found, ["src/user.rs CommandExt.shell", "src/user.rs find"]);
}

#[test]
fn rust_binaries_use_the_library_beside_them() {
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"tool-cli\"\nversion = \"0.1.0\"\n[lib]\nname = \"tool\"\n\
             [[bin]]\nname = \"tool\"\npath = \"src/cli/main.rs\"\n",
        ),
        ("src/lib.rs", "pub mod names;\npub fn run() {}\n"),
        ("src/names.rs", "pub fn first() {}\n"),
        (
            "src/cli/main.rs",
            "mod options;\nuse tool::{names};\n\
             fn main() { tool::run(); names::first(); options::read(); }\n",
        ),
        ("src/cli/options.rs", "use crate::helper::help;\npub fn read() { help(); }\n"),
        ("src/cli/helper.rs", "pub fn help() {}\n"),
    ];
    let found = calls_between(&files, |snapshot, from, to| {
        [from, to].map(|end| snapshot.qualified_name(end)).join(" -> ")
    });
    assert_eq!(found, ["main -> first", "main -> read", "main -> run", "read -> help"]);
}

#[test]
fn rust_implementations_are_told_apart() {
    let source = "use std::fmt::Display;
struct Value;
impl From<bool> for Value { fn from(v: bool) -> Self { Value } }
impl From<&str> for Value { fn from(v: &str) -> Self { Value } }
impl From<String> for Value { fn from(v: String) -> Self { Value } }
impl Display for Value { fn fmt(&self, f: &mut Formatter) {} }
fn truth() { Value::from(true); }
fn literal() { Value::from(\"x\"); }
fn owned(n: u8) { Value::from(n.to_string()); }
fn either(v: T) { Value::from(v); }
fn show(v: &Value, f: &mut Formatter) { Display::fmt(v, f); }
trait Service { fn call(&self); }
impl<S: Service + ?Sized> Service for Box<S> { fn call(&self) { (**self).call() } }
struct Boxed { inner: Box<dyn Service + Send + Sync> }
fn boxed(b: &Boxed) { b.inner.call(); }
fn direct(s: &dyn Service) { s.call(); }
#[derive(Default)]
struct Made;
impl Made { fn go(self) {} }
fn made() { Made::default().go(); }
";
    check(
        "lib.rs",
        source,
        "truth -> Value.from @3
         !truth -> Value.from @4
         literal -> Value.from @4
         !literal -> Value.from @5
         owned -> Value.from @5
         !owned -> Value.from @4
         !either -> Value.from @3
         !either -> Value.from @4
         show -> Value.fmt @6
         boxed -> call @13
         !boxed -> Service.call @12
         call -> Service.call @12
         !call -> call @13
         direct -> Service.call @12
         made -> Made.go @19",
    );
}

#[test]
fn what_a_macro_makes_of_its_tokens_is_not_certain() {
    let place = Place::with(&[(
        "lib.rs",
        "fn helper() {}
quickcheck! { fn property() { helper(); } }
fn plain() { assert!(helper()); }
",
    )]);
    place.index();
    let snapshot = place.snapshot();
    let tier = |name: &str| {
        let mut symbols = snapshot.symbols();
        let from = symbols.find(|symbol| snapshot.qualified_name(*symbol) == name).expect(name);
        let edges = snapshot.edges(from, Direction::Out);
        edges.iter().find(|edge| edge.kind == EdgeKind::Calls).map(|edge| edge.tier)
    };
    assert_eq!(tier("property"), Some(Tier::Typed));
    assert_eq!(tier("plain"), Some(Tier::Exact));
}

#[test]
fn typescript_signatures_are_chosen_in_order() {
    let source = "type Status = 'end' | 'close';
interface Client {
  flush(mode: 'ASYNC', done?: () => void): number;
  flush(mode: 'SYNC', done?: () => void): number;
  flush(done?: () => void): number;
  set(key: string, value: number, token: 'EX', seconds: number): void;
  set(key: string, value: number): void;
  add(...args: [key: string, ...members: (string | Buffer)[], done: () => void]): void;
  add(...args: [key: string, members: string[]]): void;
  add(...args: [key: string, ...members: (string | Buffer)[]]): void;
  on(event: 'message', listener: () => void): this;
  on(event: Status, listener: () => void): this;
  on(event: string | symbol, listener: () => void): this;
}
class Redis {}
interface Redis extends Client {}
function empty(c: Client) { c.flush(); }
function sync(c: Client) { c.flush('SYNC'); }
function two(c: Redis) { c.set('a', 1); }
function several(c: Client) { c.add('k', 'a', 'b'); }
function list(c: Client) { c.add('k', ['a', 'b']); }
function last(c: Client) { c.add('k', 'a', () => {}); }
function ended(c: Client) { c.on('end', () => {}); }
function other(c: Client) { c.on('moved', () => {}); }
function made() { new Redis(); }
";
    check(
        "client.ts",
        source,
        "empty -> Client.flush @5
         !empty -> Client.flush @3
         sync -> Client.flush @4
         !sync -> Client.flush @3
         two -> Client.set @7
         !two -> Client.set @6
         several -> Client.add @10
         !several -> Client.add @8
         list -> Client.add @9
         last -> Client.add @8
         ended -> Client.on @12
         other -> Client.on @13
         !other -> Client.on @11
         made -> Redis @15
         !made -> Redis @16",
    );
}

#[test]
fn java_dispatch_knows_what_was_made() {
    let source = "class Base { void run() {} }
class Sub extends Base { void run() {} }
class Use {
  @Mock Shape mocked;
  Shape field;
  void made() { Base b = new Base(); Runnable r = () -> b.run(); }
  void lower() { Base b = new Sub(); b.run(); }
  void again(boolean f) { Base b = new Base(); if (f) b = new Sub(); b.run(); }
  void given(Base b) { b.run(); }
  void mock() { mocked.draw(); }
  void real() { field.draw(); }
}
interface Shape { void draw(); }
class Square implements Shape { public void draw() {} }
";
    check(
        "Use.java",
        source,
        "Use.made -> Base.run @1
         !Use.made -> Sub.run @2
         Use.lower -> Sub.run @2
         Use.again -> Sub.run @2
         Use.given -> Sub.run @2
         !Use.mock -> Square.draw @14
         Use.real -> Square.draw @14",
    );
}

#[test]
fn java_receivers_of_several_types_are_told_apart_by_arguments() {
    let source = "interface Connection {
  Request request();
  Connection request(Request request);
  Connection cookies(String all);
}
interface Request { String cookies(); }
class Use { void run(Connection c) { c.request().cookies(); } }
";
    check(
        "Use.java",
        source,
        "Use.run -> Request.cookies @6
         !Use.run -> Connection.cookies @4",
    );
}

#[test]
fn c_functions_are_joined_as_a_linker_does() {
    let files = [
        (
            "fuzz/afl.c",
            "static char *read_file(void) { return 0; }\nint start(void) { return 1; }\n",
        ),
        ("one/lib.c", "int find(void) { return 1; }\nint read_file2(void) { return 2; }\n"),
        ("two/lib.c", "int find(void) { return 2; }\n"),
        ("two/test/main.c", "int main(void) { find(); read_file(); return read_file2(); }\n"),
    ];
    let found =
        calls_between(&files, |snapshot, _, to| snapshot.path(snapshot.file(to)).to_owned());
    assert_eq!(found, ["one/lib.c", "two/lib.c"]);
}

#[test]
fn what_may_be_either_of_two_types_is_not_one_set_of_signatures() {
    let source = "interface Plane { go(): void; }
interface Train { go(): void; }
function run(x: Plane | Train) { x.go(); }
";
    check(
        "either.ts",
        source,
        "run -> Plane.go @1
         run -> Train.go @2",
    );
}

#[test]
fn java_a_receiver_that_is_not_written_is_the_type_around() {
    let source = "abstract class Node { abstract String name(); String all() { return name(); } }
abstract class Leaf extends Node { String value() { return name(); } }
class Text extends Leaf { String name() { return null; } }
class Document extends Node { String name() { return null; } }
";
    check(
        "Node.java",
        source,
        "Leaf.value -> Text.name @3
         !Leaf.value -> Document.name @4
         Node.all -> Text.name @3
         Node.all -> Document.name @4",
    );
}

#[test]
fn rust_macros_and_functions_of_one_name_are_two() {
    let source = "macro_rules! error { ($x:expr) => { $x } }
fn error(x: u8) {}
fn by_macro() { error!(1); }
fn by_name() { error(1); }
";
    check(
        "lib.rs",
        source,
        "!by_macro -> error @2
         by_name -> error @2
         !by_name -> error @1",
    );
}

#[test]
fn rust_what_the_reader_is_not_told_stays_open() {
    let source = "use std::io;
struct MyError;
impl From<io::Error> for MyError { fn from(e: io::Error) -> Self { MyError } }
fn wrap(e: MyError) { From::from(e); }
trait Service<T> { fn call(&self, t: T); }
struct Both;
impl Service<u8> for Both { fn call(&self, t: u8) {} }
impl Service<String> for Both { fn call(&self, t: String) {} }
fn ask(b: &Both, v: T) { Service::call(b, v); }
trait Named { fn name(&self) {} }
type Handler<T> = Box<dyn Named>;
struct State;
fn show(h: &Handler<State>) { h.name(); }
struct Config;
impl Config { fn parse() -> Other { Other } }
struct Other;
impl Other { fn go(&self) {} }
fn parse() { Config::parse().go(); }
fn decode<T: Named>(text: &str) -> Option<T> { None }
struct Cookie;
impl Cookie { fn taste(&self) {} }
fn eat() { decode::<Cookie>(\"x\").unwrap().taste(); }
fn each(f: impl FnOnce(Vec<Cookie>)) {}
fn all() { each(|cookies| cookies[0].taste()); }
";
    check(
        "lib.rs",
        source,
        "!wrap -> MyError.from @3
         !ask -> Both.call @7
         show -> Named.name @10
         parse -> Config.parse @15
         parse -> Other.go @17
         eat -> Cookie.taste @21
         all -> Cookie.taste @21",
    );
}

/// Having the methods is implementing, but an interface that only its package knows calls nothing
/// of a type that the package never gives it.
#[test]
fn go_interfaces_of_one_package_hold_what_they_are_given() {
    let source = "package shop
type rule interface { Fits(s string) bool }
type words map[string]string
func (w words) Fits(s string) bool { return w[s] != \"\" }
type check func(s string) bool
func (c check) Fits(s string) bool { return c(s) }
type cart struct { rules []rule }
func (c *cart) Fits(s string) bool {
	for _, r := range c.rules { if !r.Fits(s) { return false } }
	return true
}
func (c *cart) add(r rule) *cart { c.rules = append(c.rules, r); return c }
func (c *cart) Words(w map[string]string) *cart { return c.add(words(w)) }
func (c *cart) Checks(all ...check) *cart {
	for _, one := range all { one.Fits(\"\"); c.add(one) }
	return c
}
";
    let given = calls("cart.go", source);
    let dispatched: Vec<_> = given.iter().filter(|it| it.starts_with("cart.Fits ->")).collect();
    assert_eq!(
        dispatched,
        ["cart.Fits -> check.Fits @6", "cart.Fits -> rule.Fits @2", "cart.Fits -> words.Fits @4"]
    );
    assert!(given.contains(&"cart.Checks -> check.Fits @6".to_owned()), "{given:?}");
    // Ways to give it a cart, or anything.
    let known = "func known(r rule) bool { return r.Fits(\"\") }\n";
    for more in [
        "func asserted(v interface{}) { v.(rule).Fits(\"\") }",
        "func Exported(r rule) { r.Fits(\"\") }",
        "func direct() { known(&cart{}) }",
        "func value() { f := known; f(&cart{}) }",
        "func closure() { add := func(r rule) bool { return true }; add(&cart{}) }",
        "func channel() { c := make(chan rule); c <- &cart{} }",
        "func element() { all := make([]rule, 2); all[0] = &cart{} }",
        "type big struct { *cart }\nfunc embeds() { known(big{}) }",
        "func values(all map[string]*cart) { for _, one := range all { known(one) } }",
        "func two() (rule, error) { return &cart{}, nil }",
        "type Rules []rule",
    ] {
        let all = calls("cart.go", &format!("{source}{known}{more}\n"));
        assert!(all.contains(&"cart.Fits -> cart.Fits @8".to_owned()), "{more}: {all:?}");
    }
    let all = calls("cart.go", &format!("{source}{known}func other() {{ known(words(nil)) }}\n"));
    assert!(!all.contains(&"cart.Fits -> cart.Fits @8".to_owned()), "{all:?}");
}

/// Methods of one name are not enough: their types have to be the same, and methods whose names are
/// not exported belong to one package.
#[test]
fn go_method_sets_compare_signatures() {
    let shop = "package shop
type Flusher interface { Flush() error }
type Sealed interface { Flush() error; seal() }
type Failing struct{}
func (f *Failing) Flush() error { return nil }
func (f *Failing) seal() {}
type Silent struct{}
func (s *Silent) Flush() {}
func Close(f Flusher) { f.Flush() }
func End(s Sealed) { s.Flush() }
";
    let other = "package other
type Far struct{}
func (f *Far) Flush() error { return nil }
func (f *Far) seal() {}
";
    let files = [("go.mod", "module a.b/shop\n"), ("shop.go", shop), ("other/other.go", other)];
    let found = calls_between(&files, |snapshot, from, to| {
        format!("{} -> {}", snapshot.qualified_name(from), snapshot.qualified_name(to))
    });
    assert_eq!(
        found,
        [
            "Close -> Failing.Flush",
            "Close -> Far.Flush",
            "Close -> Flusher.Flush",
            "End -> Failing.Flush",
            "End -> Sealed.Flush"
        ]
    );
}

#[test]
fn what_is_included_is_seen_and_what_is_only_linked_is_likely() {
    let place = Place::with(&[
        (
            "main.c",
            "#include \"one.h\"\n#include \"three.h\"\n#include <stdio.h>\n\
             int run(void) { helper(); hidden(); deep(); return pick(); }\n",
        ),
        ("one.h", "#include \"two.h\"\nint helper(void);\n"),
        (
            "two.h",
            "#include \"one.h\"\nstatic inline int deep(void) { return 1; }\n\
             static inline int pick(void) { return 1; }\n",
        ),
        ("three.h", "static inline int pick(void) { return 2; }\n"),
        (
            "lib.c",
            "#include \"one.h\"\nint helper(void) { return 1; }\nint hidden(void) { return 2; }\n",
        ),
    ]);
    place.index();
    let snapshot = place.snapshot();
    let run = snapshot.symbols().find(|it| snapshot.name(*it) == "run").expect("it is defined");
    let mut calls: Vec<String> = snapshot
        .edges(run, Direction::Out)
        .into_iter()
        .filter(|edge| edge.kind == EdgeKind::Calls)
        .map(|edge| {
            let path = snapshot.path(snapshot.file(edge.to));
            format!("{} of {path}, {}", snapshot.name(edge.to), edge.tier.name())
        })
        .collect();
    calls.sort();
    let expected = [
        "deep of two.h, exact",
        "helper of lib.c, exact",
        "hidden of lib.c, likely",
        "pick of three.h, exact",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_value_of_a_file_is_not_the_type_of_its_name() {
    let source = "struct Made { int get() { return 1; } };
Made make();
auto tm = make();
int f() { struct tm x; return x.get(); }
int g() { return tm.get(); }
";
    check("a.cpp", source, "!f -> Made.get @1\ng -> Made.get @1");
}

#[test]
fn scripts_without_an_extension_are_read() {
    let script = "#!/usr/bin/env bash\nrun() { :; }\nall() { run; }\n";
    let program = "#!/usr/bin/python3.12\ndef run(): pass\ndef all(): run()\n";
    let files = [("bin/tool", script), ("bin/other", program), ("NOTES", "run() { :; }")];
    let found = calls_between(&files, |snapshot, from, to| {
        let path = snapshot.path(snapshot.file(to));
        format!("{path}: {} -> {}", snapshot.name(from), snapshot.name(to))
    });
    assert_eq!(found, ["bin/other: all -> run", "bin/tool: all -> run"]);
}

#[test]
fn members_defined_outside_of_their_class_are_called_after_it() {
    let header = "namespace lib {\nclass Door { public: void open(); };\n}\n";
    let source = "#include \"door.h\"\nnamespace lib {\nvoid Door::open() {}\n\
                  void all(Door *door) { door->open(); }\n}\n";
    let files = [("door.h", header), ("door.cc", source)];
    let found = calls_between(&files, |snapshot, from, to| {
        format!("{} -> {}", snapshot.qualified_name(from), snapshot.qualified_name(to))
    });
    assert_eq!(found, ["lib.all -> lib.Door.open"]);
}

#[test]
fn constructors_outside_of_their_class_are_its_own_and_several_are_no_certainty() {
    let header = "namespace lib {\nclass Door { public: Door(int a); Door(double a); };\n}\n";
    let source = "#include \"door.h\"\nnamespace lib {\nDoor::Door(int a) {}\nDoor::Door(double a) {}\n\
                  Door *any() { return new Door(unknown()); }\n}\n";
    let place = Place::with(&[("door.h", header), ("door.cc", source)]);
    place.index();
    let snapshot = place.snapshot();
    let any = snapshot.symbols().find(|it| snapshot.name(*it) == "any").expect("a function");
    let edges = snapshot.edges(any, Direction::Out);
    let calls: Vec<_> = edges.iter().filter(|edge| edge.kind == EdgeKind::Calls).collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for call in calls {
        assert_eq!(snapshot.qualified_name(call.to), "lib.Door.Door");
        assert_eq!(call.tier, Tier::Dispatch);
    }
}

#[test]
fn what_stands_in_a_member_is_called_after_the_member() {
    let source = "mod deep { use super::Door;\nimpl Door { fn open(&self) { fn inner() {} inner() } }\n}\n\
                  struct Door;\n";
    check("src/lib.rs", source, "Door.open -> Door.open.inner @2");
}

/// Qualified names of what calls what, between files.
pub fn named_calls(files: &[(&str, &str)]) -> Vec<String> {
    calls_between(files, |snapshot, from, to| {
        format!("{} -> {}", snapshot.qualified_name(from), snapshot.qualified_name(to))
    })
}

#[track_caller]
pub fn has(found: &[String], wanted: &[&str]) {
    for wanted in wanted {
        assert!(found.iter().any(|f| f == wanted), "{wanted}\nfound: {found:#?}");
    }
}

#[test]
fn a_package_that_imports_its_own_part_has_it() {
    for import in ["from . import low", "from lib import low as low", "from . import (low)"] {
        let found = named_calls(&[
            ("lib/__init__.py", import),
            ("lib/low.py", "def check(): pass\n"),
            ("one.py", "import lib\n\ndef one():\n    lib.low.check()\n"),
            ("two.py", "import lib.low\n\ndef two():\n    lib.low.check()\n"),
            ("three.py", "from lib import low\n\ndef three():\n    low.check()\n"),
        ]);
        has(&found, &["one -> check", "two -> check", "three -> check"]);
    }
}

#[test]
fn what_context_managers_and_stacks_give() {
    let source = "
from contextlib import ExitStack, asynccontextmanager, contextmanager
from collections.abc import AsyncGenerator, Iterator

class Group:
    def __enter__(self): return self
    def start(self): pass

@contextmanager
def declared() -> Iterator[Group]:
    yield make()

@asynccontextmanager
async def declared_async() -> AsyncGenerator[Group, None]:
    yield make()

@contextmanager
def inferred():
    yield Group()

def one():
    with declared() as group:
        group.start()

async def two():
    async with declared_async() as group:
        group.start()

def three():
    with inferred() as group:
        group.start()

def four():
    with ExitStack() as stack:
        group = stack.enter_context(Group())
        group.start()

def five():
    with ExitStack() as stack:
        stack.enter_context(inferred()).start()
";
    let found = named_calls(&[("m.py", source)]);
    let callers = ["one", "two", "three", "four", "five"];
    for caller in callers {
        has(&found, &[&format!("{caller} -> Group.start")]);
    }
}

#[test]
fn type_variables_and_classes_as_values() {
    let source = "
import typing as t

V = t.TypeVar('V')

class Foo:
    Other = None
    def go(self): pass

class Entry:
    def go(self): pass

class Timer:
    Entry = Entry
    def tick(self):
        self.Entry().go()

def made(kind: type[V], count: int = 0) -> V: ...
def perhaps(kind: t.Type[V]) -> t.Optional[V]: ...
def same(value: V) -> V: ...
def first(values: list[V]) -> V: ...
def called(function: t.Callable[..., V]) -> V: ...

def one(): made(Foo).go()
def two(): perhaps(Foo).go()
def three(foo: Foo): same(foo).go()
def four(foos: list[Foo]): first(foos).go()
def five(): called(Foo).go()
def six(): made(count=1, kind=Foo).go()
def seven(kind: type[Foo]): kind().go()
";
    let found = named_calls(&[("m.py", source)]);
    for caller in ["one", "two", "three", "four", "five", "six", "seven"] {
        has(&found, &[&format!("{caller} -> Foo.go")]);
    }
    has(&found, &["Timer.tick -> Entry.go"]);
    assert!(!found.iter().any(|it| it == "Timer.tick -> Foo.go"), "{found:#?}");
}

#[test]
fn fixtures_are_what_tests_are_given() {
    let timer = "class Timer:\n    def run(self): pass\n    def stop(self): pass\n";
    let fixtures = "import pytest\nfrom timer import Timer\n\n\
        @pytest.fixture\ndef timer():\n    made = Timer()\n    yield made\n\n\
        @pytest.fixture\ndef started(timer):\n    timer.run()\n    return timer\n";
    let tests = "def test_one(timer):\n    timer.run()\n\n\
        class TestMore:\n    def test_two(self, started):\n        started.stop()\n\n\
        def helper(timer):\n    timer.stop()\n";
    let above =
        "import pytest\n\n@pytest.fixture\ndef timer(timer):\n    timer.stop()\n    return timer\n";
    let found = named_calls(&[
        ("timer.py", timer),
        ("tests/conftest.py", fixtures),
        ("tests/test_timer.py", tests),
        ("tests/deep/conftest.py", above),
        ("tests/deep/test_deep.py", "def test_deep(timer):\n    timer.run()\n"),
    ]);
    has(
        &found,
        &["test_one -> Timer.run", "started -> Timer.run", "TestMore.test_two -> Timer.stop"],
    );
    // What stands for another of its name is given that one.
    has(&found, &["timer -> Timer.stop", "test_deep -> Timer.run"]);
}

#[test]
fn a_class_that_is_declared_as_a_value_may_be_one_below() {
    let source = "class Context:\n    def __init__(self): pass\n    def close(self): pass\n\n\
        class Command:\n    context_class: type[Context] = Context\n\n\
        \x20   def run(self):\n        context = self.context_class()\n        context.close()\n";
    let place = Place::with(&[("m.py", source)]);
    place.index();
    let snapshot = place.snapshot();
    let tiers: Vec<(&str, Tier)> = snapshot
        .symbols()
        .filter(|symbol| snapshot.qualified_name(*symbol) == "Command.run")
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| edge.kind == EdgeKind::Calls)
        .map(|edge| (snapshot.name(edge.to), edge.tier))
        .collect();
    assert_eq!(tiers, [("__init__", Tier::Dispatch), ("close", Tier::Typed)]);
}

#[test]
fn typescript_what_is_of_the_type_of_a_value_is_that_value() {
    let source = "
export function fn() {}
class Foo { go() {} }
interface Utils { fn: typeof fn; Foo: typeof Foo }
export const vi: Utils = null as any;
export const store = { dispatch() {} };
type Fn = typeof fn;

export function one() { vi.fn(); }
export function two(f: Fn) { f(); }
export function three(g: typeof fn) { g(); }
export function four({ dispatch }: typeof store) { dispatch(); }
export function five() { new vi.Foo().go(); }
export function six(kind: typeof Foo) { new kind().go(); }
";
    check(
        "a.ts",
        source,
        "one -> fn @2\ntwo -> fn @2\nthree -> fn @2\nfour -> store.dispatch @6\nfive -> Foo.go @3\n\
         six -> Foo.go @3",
    );
}

#[test]
fn a_folder_is_a_package_of_every_registry_that_it_names() {
    let found = named_calls(&[
        ("package.json", "{\"name\": \"zed\", \"exports\": {\".\": \"./src/index.ts\"}}"),
        ("jsr.json", "{\"name\": \"@zed/zed\", \"exports\": {\".\": \"./src/index.ts\"}}"),
        ("src/index.ts", "export function parse() {}\n"),
        ("src/a.ts", "import { parse } from 'zed';\nexport function one() { parse(); }\n"),
        ("src/b.ts", "import { parse } from '@zed/zed';\nexport function two() { parse(); }\n"),
    ]);
    has(&found, &["one -> parse", "two -> parse"]);
}

#[test]
fn what_pytest_does_not_give_is_no_fixture() {
    let source = "import pytest\nfrom unittest import TestCase\n\n\
        class A:\n    def go(self): pass\n\n\
        class B:\n    def go(self): pass\n\n\
        @pytest.fixture\ndef thing(): return A()\n\n\
        @pytest.fixture(name='other')\ndef mine(): return A()\n\n\
        def test_nested():\n    def inside(thing): thing.go()\n    inside(B())\n\n\
        def test_default(thing=B()): thing.go()\n\n\
        def test_rest(*thing): thing.go()\n\n\
        @pytest.mark.parametrize('thing', [B()])\ndef test_each(thing): thing.go()\n\n\
        def test_renamed(mine): mine.go()\n\n\
        class Old(TestCase):\n    def test_old(self, thing): thing.go()\n\n\
        @app.get('/fixtures')\ndef show(thing): thing.go()\n\n\
        class TestOne:\n    @pytest.fixture\n    def own(self): return A()\n\
        \x20   def test_one(self, own): own.go()\n\n\
        class TestTwo:\n    @pytest.fixture\n    def own(self): return B()\n\
        \x20   def test_two(self, own): own.go()\n\n\
        def test_outside(own): own.go()\n";
    let found = named_calls(&[("test_things.py", source)]);
    has(
        &found,
        &[
            "test_nested.inside -> B.go",
            "test_default -> B.go",
            "TestOne.test_one -> A.go",
            "TestTwo.test_two -> B.go",
        ],
    );
    let of_a: Vec<_> = found.iter().filter(|call| call.ends_with("-> A.go")).collect();
    assert_eq!(of_a, ["TestOne.test_one -> A.go"]);
}
