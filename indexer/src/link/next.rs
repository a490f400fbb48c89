//! Next.js: routes that are files.
//!
//! No call registers them: `app/api/orders/[id]/route.ts` serves `/api/orders/{}` with the functions
//! that it exports under the names of HTTP methods, `pages/api/orders.ts` serves `/api/orders` with
//! what it exports by default, for every method. Names in parentheses and slots (`(shop)`,
//! `@modal`) are no part of the path, folders like `_lib` are private, and `[...all]` is taken for
//! one segment, though it stands for any number. The package must require `next`; both folders may
//! stand below `src`.

use super::origin::Shared;
use super::{Side, each_file};
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{DefinitionFlags, DefinitionId, Expression};
use qf_graph::key::Channel;

/// The names of functions that answer requests.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The routes of all files.
pub fn sides(shared: &Shared<'_, '_>) -> Vec<Side> {
    each_file(shared, |_, file| {
        let mut found = Vec::new();
        match place(shared.world, file) {
            Some(Place::App(path)) => handlers(shared.world, file, &path, &mut found),
            Some(Place::Pages(path)) => found.extend(page(shared.world, file, &path)),
            None => {}
        }
        found
    })
}

/// What a file serves.
#[derive(Debug, PartialEq)]
enum Place {
    App(String),
    Pages(String),
}

fn place(world: &World<'_>, file: u32) -> Option<Place> {
    let index = world.file(file);
    let path = index.source.path.as_str();
    if index.source.flags.test || !path.contains("app/") && !path.contains("pages/api/") {
        return None;
    }
    let layout = &world.repositories[index.repository as usize].layout;
    let (folder, manifest) = layout.manifest_above(path, "npm")?;
    if !manifest.dependencies.iter().any(|(name, _)| name == "next") {
        return None;
    }
    served(path.strip_prefix(folder)?.trim_start_matches('/'))
}

/// The route that a path below the package stands for.
fn served(path: &str) -> Option<Place> {
    let path = path.strip_prefix("src/").unwrap_or(path);
    let (stem, extension) = path.rsplit_once('.')?;
    if !matches!(extension, "ts" | "tsx" | "js" | "jsx" | "mjs") || stem.ends_with(".d") {
        return None;
    }
    if let Some(below) = stem.strip_prefix("app/") {
        let folder = match below.rsplit_once('/') {
            Some((folder, "route")) => folder,
            None if below == "route" => "",
            _ => return None,
        };
        let private = folder.split('/').any(|segment| segment.starts_with('_'));
        return (!private).then(|| Place::App(pattern(folder)));
    }
    let below = stem.strip_prefix("pages/")?;
    let below = below.strip_suffix("/index").unwrap_or(below);
    (below == "api" || below.starts_with("api/")).then(|| Place::Pages(pattern(below)))
}

fn pattern(folder: &str) -> String {
    let mut path = String::new();
    for segment in folder.split('/') {
        let apart = segment.starts_with('@') || segment.starts_with('(') && segment.ends_with(')');
        if segment.is_empty() || apart {
            continue;
        }
        path.push('/');
        path.push_str(if segment.starts_with('[') { "{}" } else { segment });
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

fn handlers(world: &World<'_>, file: u32, path: &str, found: &mut Vec<Side>) {
    let facts = world.file(file).facts();
    for (row, definition) in facts.definitions.iter().enumerate() {
        let name = facts.text(definition.name);
        if definition.parent.is_none()
            && definition.flags.contains(DefinitionFlags::EXPORTED)
            && METHODS.contains(&name)
        {
            let at = DefinitionRef { file, definition: DefinitionId(row as u32) };
            found.push(side(world, file, format!("{name} {path}"), Some(at)));
        }
    }
}

fn page(world: &World<'_>, file: u32, path: &str) -> Option<Side> {
    let facts = world.file(file).facts();
    let whole = |name: &str| matches!(name, "default" | "export=");
    let exported = facts.exports.iter().find(|export| whole(facts.text(export.name)))?;
    let definition = match facts.expression(exported.value) {
        Expression::Definition(definition) | Expression::Function(definition) => Some(definition),
        Expression::Name { name, .. } => facts
            .definitions
            .iter()
            .position(|definition| definition.parent.is_none() && definition.name == name)
            .map(|row| DefinitionId(row as u32)),
        _ => None,
    };
    let at = definition.map(|definition| DefinitionRef { file, definition });
    Some(side(world, file, format!("ANY {path}"), at))
}

fn side(world: &World<'_>, file: u32, text: String, owner: Option<DefinitionRef>) -> Side {
    let span = owner.map(|at| world.definition(at).name_span).unwrap_or_default();
    Side::new(Channel::Http, text, (file, owner, span), "next/file")
}

#[cfg(test)]
mod tests {
    use super::{Place, served};

    #[test]
    fn files_stand_for_routes() {
        let app = |path: &str| Some(Place::App(path.to_owned()));
        let pages = |path: &str| Some(Place::Pages(path.to_owned()));
        assert_eq!(served("app/api/orders/[id]/route.ts"), app("/api/orders/{}"));
        assert_eq!(served("src/app/(shop)/@modal/cart/route.js"), app("/cart"));
        assert_eq!(served("app/route.ts"), app("/"));
        assert_eq!(served("app/_lib/route.ts"), None);
        assert_eq!(served("app/orders/page.tsx"), None);
        assert_eq!(served("pages/api/orders/[...all].ts"), pages("/api/orders/{}"));
        assert_eq!(served("src/pages/api/orders/index.ts"), pages("/api/orders"));
        assert_eq!(served("pages/orders.tsx"), None);
        assert_eq!(served("pages/api/types.d.ts"), None);
        assert_eq!(served("lib/app/api/route.ts"), None);
    }
}
