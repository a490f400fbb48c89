//! Sides found by rules: sites whose callee's origin a rule names, with mounts joined and a
//! project's own wrappers followed to where the path is known.

use super::fold::{Part, route};
use super::origin::Origins;
use super::origin::Shared;
use super::routers::{self, call_at, with_prefixes};
use super::sites::{self, Raw};
use super::{Side, each_file};
use crate::resolve::DefinitionRef;
use crate::resolve::bind::{FileEdges, Target};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{ByteRange, DefinitionId};
use qf_graph::key::Channel;
use rustc_hash::FxHashMap;

/// All sides of all files.
pub fn all(shared: &Shared<'_, '_>, edges: &[FileEdges]) -> Vec<Side> {
    let raw = each_file(shared, |origins, file| {
        let mut found = Vec::new();
        sites::calls(shared, origins, file, &mut found);
        sites::decorators(shared, origins, file, &mut found);
        sites::entries(shared, origins, file, &mut found);
        found
    });
    let mounts = routers::mounts(shared, edges, &raw);
    let mut sides = Vec::new();
    let mut wrappers = Vec::new();
    for site in raw.iter().filter(|site| site.child.is_none()) {
        if !site.rule.provides && is_open(site.rule.channel, &site.parts, &site.methods) {
            let mut parts = site.prefix.clone();
            parts.extend(site.parts.iter().cloned());
            let Some(function) = opened_by(site.function, &parts, &site.methods) else { continue };
            wrappers.push(Wrapper {
                function,
                rule: site.rule.name.clone(),
                channel: site.rule.channel,
                parts,
                methods: site.methods.clone(),
            });
        } else {
            for parts in with_prefixes(site, &mounts) {
                put(site, &parts, &mut sides);
            }
        }
    }
    follow_wrappers(shared, edges, wrappers, &mut sides);
    sides.retain(|side| {
        side.channel != Channel::Topic || !shared.rules.is_reserved(&side.rule, &side.text)
    });
    for side in sides.iter_mut().filter(|side| side.channel == Channel::Topic) {
        if let Some(system) = shared.rules.system(&side.rule) {
            side.text = format!("{system}:{}", side.text);
        }
    }
    sides.sort_by(|a, b| {
        (a.file, a.span, a.provides, &a.text).cmp(&(b.file, b.span, b.provides, &b.text))
    });
    sides.dedup();
    sides
}

/// Whether only the callers know the key: the method is a parameter, or nothing literal is in the
/// path yet but a parameter is, or one is glued to what is known. A parameter that is a segment of
/// a known path is a variable part of it.
fn is_open(channel: Channel, parts: &[Part], methods: &[Vec<Part>]) -> bool {
    let parameter = |part: &Part| matches!(part, Part::Parameter(..) | Part::Entry(..));
    if methods.iter().flatten().any(parameter) {
        return true;
    }
    if !parts.iter().any(parameter) {
        return false;
    }
    if channel != Channel::Http {
        return true;
    }
    let glued = parts.windows(2).any(|pair| match pair {
        [Part::Text(head), Part::Parameter(..)] => {
            !head.contains('?') && head.ends_with(|c: char| c.is_alphanumeric())
        }
        [Part::Base | Part::Default, Part::Parameter(..)] => true,
        _ => false,
    });
    let bare = !parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('/')));
    glued || bare || route(parts, false).is_none_or(|route| route.path == "/")
}

/// The function whose callers know the rest: the one around, else the first that a part is of.
fn opened_by(
    around: Option<DefinitionRef>,
    parts: &[Part],
    methods: &[Vec<Part>],
) -> Option<DefinitionRef> {
    let of = |part: &Part| match part {
        Part::Parameter(at, _) | Part::Entry(at, ..) => Some(*at),
        _ => None,
    };
    let mut all = parts.iter().chain(methods.iter().flatten()).filter_map(of);
    let first = all.next()?;
    if Some(first) == around || all.any(|at| Some(at) == around) { around } else { Some(first) }
}

// ---- keys ---------------------------------------------------------------------------------------

fn put(site: &Raw<'_>, parts: &[Part], sides: &mut Vec<Side>) {
    let place = (site.file, site.owner, site.span);
    let side = Side::new(site.rule.channel, String::new(), place, &site.rule.name);
    let side = Side { provides: site.rule.provides, ..side };
    let mut methods = site.methods.clone();
    let mut parts = parts.to_vec();
    if site.rule.method_in_text {
        method_in_text(&mut parts, &mut methods);
    }
    keyed(&side, &parts, &methods, sides);
}

/// `"GET /users"`: the method is taken out of the text.
fn method_in_text(parts: &mut [Part], methods: &mut Vec<Vec<Part>>) {
    let Some(Part::Text(text)) = parts.iter_mut().find(|part| matches!(part, Part::Text(_))) else {
        return;
    };
    let Some((method, path)) = text.split_once(' ') else { return };
    if method.chars().all(|c| c.is_ascii_uppercase()) {
        *methods = vec![vec![Part::Text(method.to_owned())]];
        *text = path.trim_start().to_owned();
    }
}

/// One side for each key of these parts.
pub fn keyed(side: &Side, parts: &[Part], methods: &[Vec<Part>], sides: &mut Vec<Side>) {
    if side.channel != Channel::Http {
        // Where a base ends says something of a path only.
        let whole: Vec<&Part> = parts.iter().filter(|part| **part != Part::Base).collect();
        if let [Part::Text(text)] = whole.as_slice()
            && !text.is_empty()
        {
            // .NET writes configuration keys with colons.
            let env = side.channel == Channel::Env;
            let text = if env { text.replace(':', ".") } else { text.clone() };
            sides.push(Side { text, ..side.clone() });
        }
        return;
    }
    let Some(route) = route(parts, side.provides) else { return };
    for method in methods {
        let method = match method.as_slice() {
            [Part::Text(method), ..] => method.to_ascii_uppercase(),
            _ => "ANY".to_owned(),
        };
        sides.push(Side {
            text: format!("{method} {}", route.path),
            open: route.open,
            tail: route.tail.as_ref().map(|tail| format!("{method} {tail}")),
            host: route.host.clone(),
            ..side.clone()
        });
    }
}

// ---- wrappers -------------------------------------------------------------------------------------

/// A function of the project that makes a request with parts from its parameters.
#[derive(Clone, PartialEq)]
struct Wrapper {
    function: DefinitionRef,
    rule: String,
    channel: Channel,
    parts: Vec<Part>,
    methods: Vec<Vec<Part>>,
}

/// Goes from wrappers to their callers until the path is known; four levels are followed.
fn follow_wrappers(
    shared: &Shared<'_, '_>,
    edges: &[FileEdges],
    mut wrappers: Vec<Wrapper>,
    sides: &mut Vec<Side>,
) {
    for _ in 0..4 {
        if wrappers.is_empty() {
            return;
        }
        let mut by_function: FxHashMap<DefinitionRef, Vec<Wrapper>> = FxHashMap::default();
        for wrapper in wrappers.drain(..) {
            let known = by_function.entry(wrapper.function).or_default();
            if !known.contains(&wrapper) {
                known.push(wrapper);
            }
        }
        let found = each_file(shared, |origins, file| {
            let mut out = Vec::new();
            for edge in &edges[file as usize].edges {
                let Target::Definition(to) = edge.to else { continue };
                if edge.kind != EdgeKind::Calls || edge.tier > Tier::Likely {
                    continue;
                }
                if let Some(called) = by_function.get(&to) {
                    for wrapper in called {
                        out.extend(apply(origins, file, edge.span, edge.from, wrapper));
                    }
                }
            }
            out
        });
        for applied in found {
            match applied {
                Applied::Side(side) => sides.push(side),
                Applied::Wrapper(wrapper) => wrappers.push(wrapper),
            }
        }
    }
}

enum Applied {
    Side(Side),
    Wrapper(Wrapper),
}

/// What one call of a wrapper asks for.
fn apply(
    origins: &mut Origins<'_, '_>,
    file: u32,
    span: ByteRange,
    from: Option<DefinitionId>,
    wrapper: &Wrapper,
) -> Vec<Applied> {
    let Some((_, arguments)) = call_at(origins.world, file, span) else { return Vec::new() };
    let owner = from.map(|definition| DefinitionRef { file, definition });
    let mut fill = |parts: &[Part]| origins.filled(parts, wrapper.function, file, &arguments, 0);
    let parts = fill(&wrapper.parts);
    let methods: Vec<Vec<Part>> = wrapper.methods.iter().map(|method| fill(method)).collect();
    if is_open(wrapper.channel, &parts, &methods) {
        return opened_by(owner, &parts, &methods)
            .filter(|function| *function != wrapper.function)
            .map(|function| {
                let rule = wrapper.rule.clone();
                let channel = wrapper.channel;
                Applied::Wrapper(Wrapper { function, rule, channel, parts, methods })
            })
            .into_iter()
            .collect();
    }
    let side = Side::new(wrapper.channel, String::new(), (file, owner, span), &wrapper.rule);
    let side = Side { provides: false, ..side };
    let mut sides = Vec::new();
    keyed(&side, &parts, &methods, &mut sides);
    sides.into_iter().map(Applied::Side).collect()
}
