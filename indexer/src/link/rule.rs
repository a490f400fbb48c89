//! Link rules: one TOML file a framework, with its examples inside.
//!
//! A rule names library functions by their origin (`express.Router().get`) and says where the key
//! is among the arguments. What several functions give that is used alike (`gin.Default()`,
//! `gin.New()`, a group of either) is declared once as a `value`, so that chains of any length have
//! one origin. Braces stand for alternatives: `requests.{get,post}`.
//!
//! A repository adds rules of its own in `.qf/rules/*.toml`, in the same form. They hold for the
//! whole workspace, since the two sides of a key are mostly in two repositories.

use qf_graph::key::Channel;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// How a rule's site looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A call, or a construction.
    Call,
    /// A decorator or annotation on a function.
    Decorator,
    /// A call that puts one router below another.
    Mount,
    /// A call that puts a class of views below a path (Django REST framework's routers).
    Views,
    /// A call that puts the actions of a controller below a path (Laravel's resources).
    Resource,
    /// An entry or a member of something, read by a constant name (`process.env.X`).
    Entry,
    /// A call that reads or writes records of a model or table.
    Query,
}

/// What a query does with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Reads some.
    Read,
    /// Makes new ones.
    Insert,
    /// Changes some.
    Update,
    /// Removes some.
    Delete,
}

/// What is a model: a class that extends one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Origins of the base classes.
    #[serde(default)]
    pub bases: Vec<String>,
    /// How its table is called when the class does not say: `same` as the class, `snake`, `plural`
    /// (of the snake), `plural_same` (of the class, written together), `application` (the folder and
    /// the lower-case class: Django).
    #[serde(default)]
    pub table: Vec<String>,
    /// Names of class attributes that say what the table is called; of a class that a call makes,
    /// names of entries of its options.
    #[serde(default)]
    pub named_by: Vec<String>,
    /// Names of calls that make one: the class's base is the call, whose first argument is the
    /// model's name, the second its columns and the third its options.
    #[serde(default)]
    pub made_by: Vec<String>,
    /// Options of such a call with the way of `table` that each stands for.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The option of a column that says what it is called in the table.
    pub column_name: Option<String>,
    /// Models are offered by name by the index file of their folder, which puts them together when
    /// the program runs, so that no file says it (sequelize-cli).
    #[serde(default)]
    pub by_folder: bool,
    /// The origin of what has all models as its members, by name.
    pub registry: Option<String>,
}

/// Where a relation between models is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    /// By a call in the body of the class whose first argument is the relation's name
    /// (`has_many :orders`).
    Body,
    /// By a call on the instance in a method with the relation's name; its first argument is the other
    /// class (`$this->hasMany(Order::class)`).
    Method,
    /// By a call on the class; its first argument is the other class (`User.hasMany(Order)`).
    Class,
}

/// What leads from records of one model to those of another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The rule file's name.
    #[serde(skip)]
    pub name: String,
    /// The base of the models that have it.
    pub of: String,
    /// Names of the calls that declare it.
    pub made_by: Vec<String>,
    /// Where these stand.
    pub declared: Declared,
    /// It leads to many records.
    #[serde(default)]
    pub many: bool,
    /// For `Body`: entries of the call's arguments that name the other class, the first of these that
    /// is there; its name follows from the relation's without.
    #[serde(default)]
    pub class_named_by: Vec<String>,
    /// For `Class`: entries that name the relation; its name follows from the other class's without.
    #[serde(default)]
    pub named_by: Vec<String>,
    /// Entries with which the other class is not known before the program runs.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What an instance has through it.
    pub access: Vec<Access>,
}

/// A member of an instance that leads along a relation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Its name: `*` stands for the relation's name, with a capital after a letter (`get*` of `orders`:
    /// `getOrders`), and `1` for the same in the singular (`create1`: `createOrder`).
    pub member: String,
    /// It is called, rather than read.
    #[serde(default)]
    pub called: bool,
    /// The origin of what it gives: the base itself is what records are asked of, like the class; with
    /// `()` after it, it is one record; with `[]`, records that were read, whose elements are such.
    pub gives: String,
    /// What it does to the other records where nothing else is asked of what it gives.
    pub action: Option<Action>,
    /// What names the columns then, as `columns` of a rule.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// Where a mount has the router that it puts below.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Child {
    /// At this position, negative from the end.
    Position(i32),
    /// `rest`: every argument but the path; `result`: what the call gives; `include:1`: the module
    /// that the call at this position names; `each:routes`: every element of the argument of that
    /// name or position; `argument:app`: the argument of that name; `file:routes`: the file whose
    /// path the argument of that name or position ends with.
    Named(String),
}

/// Which router a site is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// What the method is called on.
    #[default]
    Receiver,
    /// The file (Django's `urlpatterns`).
    File,
    /// The site itself: a route that something else mounts. A decorated function is one too.
    Own,
    /// The function around, or the file (Laravel's groups).
    Around,
}

/// What a library hands to a function that it is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// What is called.
    pub origins: Vec<String>,
    /// Position of the function, negative from the end.
    pub argument: i32,
    /// Which of its parameters.
    #[serde(default)]
    pub parameter: u16,
    /// The origin of what is handed over.
    pub gives: String,
    /// What the first argument must be.
    #[serde(default)]
    pub events: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule file's name.
    #[serde(skip)]
    pub name: String,
    /// Channel of the key it makes.
    pub channel: Channel,
    /// A server's side (true) or a client's.
    pub provides: bool,
    /// How the site looks.
    pub form: Form,
    /// What is called, as origin texts; a last `*` stands for any one name, braces for
    /// alternatives.
    pub origins: Vec<String>,
    /// Position of the argument with the path, topic or queue.
    pub position: Option<usize>,
    /// Names under which it may be given instead (keyword, option, field).
    #[serde(default)]
    pub names: Vec<String>,
    /// Method of the builder chain whose first argument has it.
    pub chain: Option<String>,
    /// HTTP method: a constant, `name` (the called name), `argument:0`, `option:method`,
    /// `router:1` (the chain of method functions with their handlers at that position),
    /// `predicate` (the called name of the predicate),
    /// `after:Methods` (arguments of a call that follows in the chain).
    pub method: Option<String>,
    /// The method where `option:` is not given; `GET` unless said.
    pub default_method: Option<String>,
    /// The text holds the method before the path (`GET /users`).
    #[serde(default)]
    pub method_in_text: bool,
    /// What the client is made with may put a path in front.
    #[serde(default)]
    pub relative: bool,
    /// Which router the site is on.
    #[serde(default)]
    pub router: On,
    /// The argument at `position` is a call whose first argument is the path (`GET("/users")`).
    #[serde(default)]
    pub predicate: bool,
    /// For `Query`: what it does.
    pub action: Option<Action>,
    /// For `Query`: what says which model or table it is about, the first of these that does: `head`
    /// (the model that the chain begins with, or an instance of it), `argument:0` (an instance or
    /// model), `chain:update` (the first argument of that call in the chain), `generic` (the type
    /// argument of the receiver's type), `member` (the name before the called one), `text` (a
    /// table's name that the chain begins with).
    #[serde(default)]
    pub record: Vec<String>,
    /// For `Query`: what names the columns: `keywords` (names of arguments), `map:0` (keys of that
    /// argument), `entry:data` (keys of that entry of an argument), `text:0` (that argument, or what
    /// is listed there), `equals:0` (what `.eq(…)` is called on there).
    #[serde(default)]
    pub columns: Vec<String>,
    /// For `Resource`: the actions, as `METHOD path action`, the path with `{}` for the item's key.
    #[serde(default)]
    pub actions: Vec<String>,
    /// The path where none is given.
    pub default_path: Option<String>,
    /// The key means something on this one object only (an event of an emitter).
    #[serde(default)]
    pub of_object: bool,
    /// The key means something in its own repository only.
    #[serde(default)]
    pub local: bool,
    /// Position of the handler, negative from the end; for `Decorator` it is what is decorated.
    pub handler: Option<i32>,
    /// Names of the router's or client's constructor's arguments that hold a prefix, with `|`.
    pub prefix: Option<String>,
    /// Position of that argument.
    pub prefix_position: Option<usize>,
    /// Decorators of the class around that hold a prefix.
    #[serde(default)]
    pub class_prefix: Vec<String>,
    /// Names of their arguments; those of the rule when none is given.
    #[serde(default)]
    pub class_names: Vec<String>,
    /// Names of their arguments that hold the name of a service.
    #[serde(default)]
    pub class_host: Vec<String>,
    /// Decorators of which the class around must have one.
    #[serde(default)]
    pub class_with: Vec<String>,
    /// Decorators of which the class around must have none.
    #[serde(default)]
    pub class_without: Vec<String>,
    /// Decorators of the same function that hold the path.
    #[serde(default)]
    pub beside: Vec<String>,
    /// For `Mount`: where the router is that is put below.
    pub child: Option<Child>,
}

/// What several expressions give that is used alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SameValue {
    /// Its one origin.
    origin: String,
    /// The origins it replaces.
    from: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    /// The message system whose topics, queues or subjects the rules name: those of different
    /// systems never meet. Kafka's and those of an AsyncAPI document have none.
    system: Option<String>,
    /// Names that are the system's own and join nobody.
    #[serde(default)]
    reserved: Vec<String>,
    #[serde(default)]
    value: Vec<SameValue>,
    #[serde(default)]
    callback: Vec<Callback>,
    #[serde(default)]
    model: Vec<Model>,
    #[serde(default)]
    relation: Vec<Relation>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    example: Vec<Example>,
}

/// A piece of code and the keys it must or must not give.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Path of the file (its extension chooses the language).
    pub path: String,
    /// Its text.
    pub code: String,
    /// Keys it gives, as `provides http GET /x` or `requires topic x`; none for a negative example.
    pub keys: Vec<String>,
}

/// The shipped rule files: name and text.
const SHIPPED: &[(&str, &str)] = &[
    ("activerecord", include_str!("rules/activerecord.toml")),
    ("aspnet", include_str!("rules/aspnet.toml")),
    ("celery", include_str!("rules/celery.toml")),
    ("config", include_str!("rules/config.toml")),
    ("diesel", include_str!("rules/diesel.toml")),
    ("django-orm", include_str!("rules/django-orm.toml")),
    ("django", include_str!("rules/django.toml")),
    ("eloquent", include_str!("rules/eloquent.toml")),
    ("env", include_str!("rules/env.toml")),
    ("events", include_str!("rules/events.toml")),
    ("express", include_str!("rules/express.toml")),
    ("fastapi", include_str!("rules/fastapi.toml")),
    ("fetch", include_str!("rules/fetch.toml")),
    ("go-http", include_str!("rules/go-http.toml")),
    ("gorm", include_str!("rules/gorm.toml")),
    ("java-http", include_str!("rules/java-http.toml")),
    ("jaxrs", include_str!("rules/jaxrs.toml")),
    ("jpa", include_str!("rules/jpa.toml")),
    ("kafka", include_str!("rules/kafka.toml")),
    ("knex", include_str!("rules/knex.toml")),
    ("nats", include_str!("rules/nats.toml")),
    ("nestjs", include_str!("rules/nestjs.toml")),
    ("node-servers", include_str!("rules/node-servers.toml")),
    ("php-http", include_str!("rules/php-http.toml")),
    ("prisma", include_str!("rules/prisma.toml")),
    ("python-clients", include_str!("rules/python-clients.toml")),
    ("rabbitmq", include_str!("rules/rabbitmq.toml")),
    ("redis", include_str!("rules/redis.toml")),
    ("retrofit", include_str!("rules/retrofit.toml")),
    ("ruby-http", include_str!("rules/ruby-http.toml")),
    ("rust-http", include_str!("rules/rust-http.toml")),
    ("sequelize", include_str!("rules/sequelize.toml")),
    ("socketio", include_str!("rules/socketio.toml")),
    ("spring", include_str!("rules/spring.toml")),
    ("sqlalchemy", include_str!("rules/sqlalchemy.toml")),
    ("sqs", include_str!("rules/sqs.toml")),
    ("starlette", include_str!("rules/starlette.toml")),
    ("typeorm", include_str!("rules/typeorm.toml")),
];

/// Rules with their look-ups.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    all: Vec<Rule>,
    /// Whole origins → rows of `all`.
    exact: FxHashMap<String, Vec<u32>>,
    /// Origins before a last `*` → rows of `all`.
    open: FxHashMap<String, Vec<u32>>,
    /// Origins that are another's.
    same: FxHashMap<String, String>,
    /// What an import must be for a rule to apply: every beginning of an origin.
    libraries: FxHashSet<String>,
    /// Last names of all origins.
    called: FxHashSet<String>,
    /// Called names by the beginnings of their origins.
    by_library: FxHashMap<String, BTreeSet<String>>,
    /// The origins that stand for those of a library.
    aliases: FxHashMap<String, BTreeSet<String>>,
    /// Names of calls that give a router below another.
    groups: FxHashSet<String>,
    /// The message systems of rule files.
    systems: FxHashMap<String, String>,
    /// Rule files and names that are their systems' own.
    reserved: FxHashSet<(String, String)>,
    /// What libraries hand to functions, by the origin of what is called.
    callbacks: FxHashMap<String, Vec<Callback>>,
    /// Last names of those origins.
    calling_back: FxHashSet<String>,
    /// What is a model, by the origin of its base.
    models: FxHashMap<String, Model>,
    /// What leads from one model to another.
    relations: Vec<Relation>,
    /// Names of the calls that declare it → rows of `relations`.
    relating: FxHashMap<String, Vec<u32>>,
    /// Names of calls that make models which are offered by their folder.
    making: FxHashSet<String>,
    /// Origins of what has all models as its members.
    registries: FxHashSet<String>,
    /// Types whose entries rules speak of.
    entered: FxHashSet<String>,
}

impl Rules {
    fn add(&mut self, name: &str, file: RuleFile) {
        self.reserved.extend(file.reserved.into_iter().map(|text| (name.to_owned(), text)));
        if let Some(system) = file.system {
            self.systems.insert(name.to_owned(), system);
        }
        for value in file.value {
            for from in value.from.iter().flat_map(|from| alternatives(from)) {
                self.know(&from);
                let stem = value.origin.trim_end_matches("()");
                for library in beginnings(&from) {
                    self.aliases.entry(library.to_owned()).or_default().insert(stem.to_owned());
                }
                self.called.insert(last_name(&from).to_owned());
                self.same.insert(from, value.origin.clone());
            }
        }
        for callback in file.callback {
            for origin in callback.origins.iter().flat_map(|origin| alternatives(origin)) {
                self.know(&origin);
                let last = last_name(&origin).to_owned();
                self.called.insert(last.clone());
                self.calling_back.insert(last);
                self.callbacks.entry(origin).or_default().push(callback.clone());
            }
        }
        for model in file.model {
            for base in model.bases.iter().flat_map(|base| alternatives(base)) {
                self.know(&base);
                self.models.insert(base, model.clone());
            }
            self.registries.extend(model.registry);
            if model.by_folder {
                self.making.extend(model.made_by);
            }
        }
        for mut relation in file.relation {
            name.clone_into(&mut relation.name);
            let row = self.relations.len() as u32;
            for called in &relation.made_by {
                // What a library's models can be asked is looked at where the library is imported.
                self.know(&format!("{}.{called}", relation.of));
                self.relating.entry(called.clone()).or_default().push(row);
            }
            self.relations.push(relation);
        }
        for mut rule in file.rule {
            name.clone_into(&mut rule.name);
            let row = self.all.len() as u32;
            let origins: Vec<String> =
                rule.origins.iter().flat_map(|origin| alternatives(origin)).collect();
            for origin in origins {
                self.know(&origin);
                let last = last_name(&origin).to_owned();
                if rule.form == Form::Entry && origin.ends_with("()") {
                    self.entered.insert(last.clone());
                }
                if rule.child == Some(Child::Named("result".to_owned())) {
                    self.groups.insert(last.clone());
                }
                self.called.insert(last);
                match origin.strip_suffix('*') {
                    Some(head) => self.open.entry(head.to_owned()).or_default().push(row),
                    None => self.exact.entry(origin).or_default().push(row),
                }
            }
            for origin in rule.class_prefix.iter().chain(&rule.class_with).chain(&rule.beside) {
                self.know(origin);
            }
            self.all.push(rule);
        }
    }

    /// The message system of a rule file.
    pub fn system(&self, rule: &str) -> Option<&str> {
        self.systems.get(rule).map(String::as_str)
    }

    /// Whether a name is one that the system of a rule file has for itself.
    pub fn is_reserved(&self, rule: &str, text: &str) -> bool {
        self.reserved.contains(&(rule.to_owned(), text.to_owned()))
    }

    fn know(&mut self, origin: &str) {
        for library in beginnings(origin) {
            self.libraries.insert(library.to_owned());
            let names = self.by_library.entry(library.to_owned()).or_default();
            names.insert(last_name(origin).to_owned());
        }
    }

    /// The rules about what has this origin.
    pub fn about(&self, origin: &str) -> impl Iterator<Item = &Rule> {
        let head = origin.rfind('.').map_or("", |dot| &origin[..=dot]);
        let exact = self.exact.get(origin).into_iter().flatten();
        let open = self.open.get(head).into_iter().flatten();
        exact.chain(open).filter_map(|row| self.all.get(*row as usize))
    }

    /// What is handed to functions by what has this origin.
    pub fn callbacks(&self, origin: &str) -> &[Callback] {
        self.callbacks.get(origin).map_or(&[], Vec::as_slice)
    }

    /// Whether a call of this name may hand something to a function.
    pub fn calls_back(&self, name: &str) -> bool {
        self.calling_back.contains(name)
    }

    /// What is a model because its class extends what has this origin.
    pub fn model(&self, base: &str) -> Option<&Model> {
        self.models.get(base)
    }

    /// The relations that a call of this name may declare, as rows for [`Self::relation`].
    pub fn relating(&self, name: &str) -> &[u32] {
        self.relating.get(name).map_or(&[], Vec::as_slice)
    }

    /// A relation.
    pub fn relation(&self, row: u32) -> Option<&Relation> {
        self.relations.get(row as usize)
    }

    /// Whether a call of this name may make a model that is offered by its folder.
    pub fn makes(&self, name: &str) -> bool {
        self.making.contains(name)
    }

    /// Whether what has this origin has all models as its members.
    pub fn is_registry(&self, origin: &str) -> bool {
        self.registries.contains(origin)
    }

    /// Whether rules speak of the entries of what has a type of this name.
    pub fn enters(&self, name: &str) -> bool {
        self.entered.contains(name)
    }

    /// The one origin of what has this origin.
    pub fn same<'t>(&'t self, origin: &'t str) -> &'t str {
        self.same.get(origin).map_or(origin, String::as_str)
    }

    /// Names of calls and decorators that rules speak of.
    pub fn called(&self) -> &FxHashSet<String> {
        &self.called
    }

    /// Those of a library, by what is imported of it.
    pub fn called_of(&self, import: &str) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.get(import).into_iter().flatten();
        let names = aliases.filter_map(|alias| self.by_library.get(alias));
        names.chain(self.by_library.get(import)).flatten().map(String::as_str)
    }

    /// Whether a call of this name gives a router below another.
    pub fn groups(&self, name: &str) -> bool {
        self.groups.contains(name)
    }

    /// Whether rules speak of what is imported under this text: then it is that library, also when
    /// its own source is indexed.
    pub fn names_library(&self, import: &str) -> bool {
        self.libraries.contains(import)
    }
}

/// The last name of an origin: `get` of `axios.create().get`, `Message` of `kafka-go.Message()`.
pub fn last_name(origin: &str) -> &str {
    let origin = origin.trim_end_matches("()");
    origin.rsplit(['.', '/']).next().unwrap_or(origin)
}

/// `a.b().c` → `a`, `a.b`, `a.b().c`.
fn beginnings(origin: &str) -> impl Iterator<Item = &str> {
    let ends = origin.char_indices().filter(|(_, c)| matches!(c, '.' | '(' | '/'));
    let ends = ends.map(|(at, _)| at).filter(|at| *at > 0).chain([origin.len()]);
    ends.map(|end| &origin[..end])
}

/// `a.{b,c}.d` → `a.b.d`, `a.c.d`. What stands for more than [`MAX_ALTERNATIVES`] texts is cut.
fn alternatives(text: &str) -> Vec<String> {
    let mut done = vec![String::new()];
    let mut rest = text;
    while let Some((head, more)) = rest.split_once('{')
        && let Some((inside, tail)) = more.split_once('}')
    {
        let one = |start: &String| {
            let parts: Vec<_> =
                inside.split(',').map(|one| format!("{start}{head}{}", one.trim())).collect();
            parts
        };
        done = done.iter().flat_map(one).take(MAX_ALTERNATIVES).collect();
        rest = tail;
    }
    done.into_iter().map(|start| start + rest).collect()
}

/// Most texts that braces stand for.
const MAX_ALTERNATIVES: usize = 1000;

/// Every shipped rule.
pub fn shipped() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules = Rules::default();
        for (name, text) in SHIPPED {
            // A shipped file that does not parse is found by the test below.
            if let Ok(file) = toml::from_str(text) {
                rules.add(name, file);
            }
        }
        rules
    })
}

/// Where a repository has rules of its own.
pub const FOLDER: &str = ".qf/rules";

/// Longest rule file that is read, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// A file of rules with its text, or why that cannot be read.
pub type OwnFile = (PathBuf, Result<String, String>);

/// The shipped rules and those of repositories, given as name and files, with what is wrong with
/// files that could not be used. A repository's rules are called `<repository>/<file>`.
pub fn with_own<'r>(
    repositories: impl Iterator<Item = (&'r str, Vec<OwnFile>)>,
) -> (Rules, Vec<String>) {
    let (mut rules, mut faults) = (shipped().clone(), Vec::new());
    for (repository, files) in repositories {
        for (path, content) in files {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            match content.and_then(|text| parse(&text)) {
                Ok(file) => rules.add(&format!("{repository}/{stem}"), file),
                Err(fault) => {
                    faults.push(format!("{repository}/{FOLDER}/{stem}.toml is left out: {fault}"));
                }
            }
        }
    }
    (rules, faults)
}

/// A repository's own rule files in order, with their texts or why they cannot be read. As everywhere in a
/// repository, no link is followed.
pub fn own_files(root: &Path) -> Vec<OwnFile> {
    let mut around = Path::new(FOLDER).ancestors().map(|folder| root.join(folder));
    if around.any(|folder| folder.is_symlink() && folder != root) {
        return Vec::new();
    }
    let Ok(folder) = std::fs::read_dir(root.join(FOLDER)) else { return Vec::new() };
    let mut files: Vec<_> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = read(&path);
            (path, text)
        })
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("no file".to_owned());
    }
    check_size(metadata.len())?;
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// The text of a file of rules that stands somewhere else.
pub fn text(bytes: Vec<u8>) -> Result<String, String> {
    check_size(bytes.len() as u64)?;
    // The words in which the standard library says it of a file.
    String::from_utf8(bytes).map_err(|_| "stream did not contain valid UTF-8".to_owned())
}

fn check_size(bytes: u64) -> Result<(), String> {
    if bytes > MAX_FILE {
        return Err(format!("larger than {} KiB", MAX_FILE / 1024));
    }
    Ok(())
}

fn parse(text: &str) -> Result<RuleFile, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
}

/// Every shipped example with its file's name.
pub fn examples() -> Vec<(&'static str, Example)> {
    let mut examples = Vec::new();
    for (name, text) in SHIPPED {
        if let Ok(file) = toml::from_str::<RuleFile>(text) {
            examples.extend(file.example.into_iter().map(|example| (*name, example)));
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::{RuleFile, SHIPPED, alternatives, shipped};

    #[test]
    fn libraries_are_known_by_what_is_imported_of_them() {
        let names_library = |text| shipped().names_library(text);
        assert!(names_library("express"));
        assert!(names_library("fastapi.APIRouter"));
        assert!(!names_library("expr"));
        assert!(!names_library("shop.contracts"));
        assert!(!names_library(""));
    }

    #[test]
    fn braces_stand_for_alternatives() {
        assert_eq!(alternatives("a.b"), ["a.b"]);
        assert_eq!(alternatives("{a,b}.{c,d}"), ["a.c", "a.d", "b.c", "b.d"]);
    }

    #[test]
    fn relations_are_known_by_the_calls_that_declare_them() {
        let rules = shipped();
        let of = |name: &str| {
            let relations = rules.relating(name).iter().filter_map(|row| rules.relation(*row));
            relations.map(|relation| (relation.of.as_str(), relation.many)).collect::<Vec<_>>()
        };
        assert_eq!(of("has_many"), [("ActiveRecord.Base", true)]);
        assert_eq!(of("belongs_to"), [("ActiveRecord.Base", false)]);
        assert!(of("where").is_empty());
        assert!(rules.makes("define") && !rules.makes("has_many"));
    }

    #[test]
    fn every_relation_leads_from_a_model() {
        let rules = shipped();
        for (name, text) in SHIPPED {
            let file: RuleFile = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            for relation in file.relation {
                assert!(rules.model(&relation.of).is_some(), "{name}: {}", relation.of);
                assert!(!relation.access.is_empty(), "{name}: {:?}", relation.made_by);
            }
        }
    }

    #[test]
    fn every_rule_file_parses_and_has_both_kinds_of_examples() {
        for (name, text) in SHIPPED {
            let file: RuleFile = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!file.rule.is_empty(), "{name} has no rule");
            assert!(file.example.iter().any(|e| !e.keys.is_empty()), "{name}: no positive example");
            assert!(file.example.iter().any(|e| e.keys.is_empty()), "{name}: no negative example");
        }
    }
}
