//! Where two sides of one key meet.
//!
//! Servers are kept by key, by shape and by last segment, so that a client is a few look-ups. A key
//! of the same text is exact. What follows is looked for only when nothing is exact, and is likely
//! at best: a route with a variable where the client has a value, a route that is longer at the
//! front than a client whose base is unknown, a client whose base URL has a path of its own that a
//! gateway takes away. A tie between repositories is never guessed; inside one repository several
//! handlers of one route are all linked, for they are deployed one for the other. Hosts never link,
//! they narrow: by the name of a service, and away from public services of others.

use super::brought::{Positions, Row};
use super::gateways::Gateways;
use super::settings::is_key;
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::key::Channel;
use qf_graph::store::links::{LinkData, LinksData};
use rustc_hash::{FxHashMap, FxHashSet};

/// Paths that every service has: they say nothing of who is meant.
const OF_EVERY_SERVICE: &[&str] = &[
    "/favicon.ico",
    "/health",
    "/health/live",
    "/health/ready",
    "/healthcheck",
    "/healthy",
    "/healthz",
    "/info",
    "/live",
    "/livez",
    "/metrics",
    "/ping",
    "/ready",
    "/readyz",
    "/robots.txt",
    "/status",
    "/version",
];

/// Message systems whose names hold in one place, a deployment or a connection, not on a bus that
/// others listen to: there several repositories of one name are a tie.
const OF_ONE_PLACE: [&str; 2] = ["sidekiq:", "socket.io:"];

/// Ends of hosts that are services of others.
const PUBLIC_SERVICES: &[&str] = &[
    "anthropic.com",
    "api.coingecko.com",
    "atlassian.net",
    "auth0.com",
    "bitbucket.org",
    "discord.com",
    "facebook.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "google.com",
    "googleapis.com",
    "gravatar.com",
    "jsonplaceholder.typicode.com",
    "linkedin.com",
    "mailgun.net",
    "microsoft.com",
    "microsoftonline.com",
    "npmjs.org",
    "okta.com",
    "openai.com",
    "openweathermap.org",
    "paypal.com",
    "pypi.org",
    "reqres.in",
    "sendgrid.com",
    "shopify.com",
    "slack.com",
    "spotify.com",
    "stripe.com",
    "telegram.org",
    "twilio.com",
    "twitter.com",
];

/// What stands in the key of an event before the name of an emitter's class.
pub const OF_CLASS: &str = "class ";

/// Links clients to servers of the same key.
pub fn join(
    (names, positions): (&[&str], &Positions<'_>),
    sides: &[&Row],
    gateways: Gateways,
    links: &mut LinksData,
) {
    let servers = Servers::new(names, sides, gateways);
    let clients = sides.iter().filter(|side| !side.provides && side.channel != Channel::Table);
    let mut met: Vec<Met<'_>> = clients.map(|client| servers.meet(client)).collect();
    agree(&mut met);
    agree_on_schemas(&mut met);
    narrow(&mut met);
    fulfil(&servers, sides, links);
    super::drift::find(positions, &servers, &met, links);
    for Met { client, tier, found, .. } in &met {
        let kind = if client.channel == Channel::Env { EdgeKind::Reads } else { EdgeKind::Reaches };
        for server in found {
            links.links.extend(link((client, server), kind, *tier));
        }
    }
}

/// The link between two sides of a key; none from a symbol to itself.
fn link((from_side, to_side): (&Row, &Row), kind: EdgeKind, tier: Tier) -> Option<LinkData> {
    let (from_repository, from) = from_side.place.holder();
    let (to_repository, to) = to_side.place.holder();
    let span = from_side.place.span;
    ((from_repository, from) != (to_repository, to)).then(|| LinkData {
        from_repository,
        from,
        to_repository,
        to,
        kind,
        tier,
        channel: from_side.channel,
        key: to_side.text.clone(),
        rule: format!("{} → {}", from_side.rule, to_side.rule),
        file: from_side.place.file,
        line: from_side.place.line,
        start: span.start,
        len: span.end - span.start,
        flags: 0,
    })
}

/// Links implementations to what a contract says of them: a method of a proto service, a field of a
/// schema. The contract may be another repository's; of contracts in several none is meant.
fn fulfil(servers: &Servers<'_>, sides: &[&Row], links: &mut LinksData) {
    let is_contract = |side: &Row| side.rule.ends_with("/contract");
    let implementations = sides.iter().copied().filter(|side| {
        side.provides
            && !is_contract(side)
            && !side.place.test
            && matches!(side.channel, Channel::Grpc | Channel::Graphql)
    });
    for side in implementations {
        let same = servers.exact.get(&(side.channel, side.text.as_str()));
        let contracts: Vec<&Row> =
            same.into_iter().flatten().copied().filter(|side| is_contract(side)).collect();
        let own = contracts
            .iter()
            .copied()
            .filter(|contract| contract.place.repository == side.place.repository)
            .collect();
        let own = beside(side, own);
        let repositories: FxHashSet<u32> =
            contracts.iter().map(|contract| contract.place.repository).collect();
        let meant = match (own.is_empty(), repositories.len()) {
            (false, _) => own,
            // A field's name alone is no evidence that it is that schema's.
            (true, 1) if side.channel == Channel::Grpc => contracts,
            _ => continue,
        };
        for contract in meant {
            let (kind, tier) = (EdgeKind::Implements, Tier::Exact);
            links.links.extend(link((side, contract), kind, tier));
        }
    }
}

/// What a client met.
pub(super) struct Met<'s> {
    pub(super) client: &'s Row,
    tier: Tier,
    /// Only below what the base URL has of the path.
    below_base: bool,
    pub(super) found: Vec<&'s Row>,
}

pub(super) struct Servers<'s> {
    /// By whole key.
    exact: FxHashMap<(Channel, &'s str), Vec<&'s Row>>,
    /// Routes with variables, by number of segments and first segment.
    shapes: FxHashMap<(usize, &'s str), Vec<&'s Row>>,
    /// Routes by last segment that is no variable.
    lasts: FxHashMap<&'s str, Vec<&'s Row>>,
    /// Routes whose front is not known, by that segment too.
    open: FxHashMap<&'s str, Vec<&'s Row>>,
    /// Which paths are passed on to which services.
    gateways: Gateways,
    /// Routes of production code and contracts by repository and first segment.
    firsts: FxHashMap<u32, FxHashMap<&'s str, Vec<&'s Row>>>,
    /// The plain names of the repository and folders of files with sides.
    names: FxHashMap<(u32, u32), Vec<String>>,
    /// The plain names of the services that variables are set for.
    labels: FxHashMap<&'s str, String>,
    /// Those that have variables only, by the names of their repository and folders.
    variables: FxHashMap<String, Vec<&'s Row>>,
    /// A route of each repository and folder, by its name.
    services: FxHashMap<String, &'s Row>,
}

impl<'s> Servers<'s> {
    fn new(repositories: &[&str], sides: &[&'s Row], gateways: Gateways) -> Self {
        let mut servers = Self {
            exact: FxHashMap::default(),
            shapes: FxHashMap::default(),
            lasts: FxHashMap::default(),
            open: FxHashMap::default(),
            gateways,
            firsts: FxHashMap::default(),
            names: FxHashMap::default(),
            labels: FxHashMap::default(),
            variables: FxHashMap::default(),
            services: FxHashMap::default(),
        };
        for side in sides.iter().copied() {
            let place = &side.place;
            let name = repositories.get(place.repository as usize).copied().unwrap_or_default();
            let names = || names_of(name, &place.path).collect();
            servers.names.entry(place.id()).or_insert_with(names);
            if let (Channel::Env, Some(host)) = (side.channel, side.host.as_deref()) {
                servers.labels.entry(host).or_insert_with(|| plain(host));
            }
        }
        let provided = sides.iter().copied();
        for side in provided.filter(|side| side.provides && side.channel != Channel::Table) {
            servers.exact.entry((side.channel, &side.text)).or_default().push(side);
            if side.channel != Channel::Http {
                continue;
            }
            let (_, path) = split(&side.text);
            if !side.place.test {
                let firsts = servers.firsts.entry(side.place.repository).or_default();
                firsts.entry(shape(path).1).or_default().push(side);
                let bare = path != "/" && last_literal(path).is_none();
                for name in &servers.names[&side.place.id()] {
                    if bare {
                        servers.variables.entry(name.clone()).or_default().push(side);
                    }
                    if !servers.services.contains_key(name) {
                        servers.services.insert(name.clone(), side);
                    }
                }
            }
            if path.contains("{}") {
                servers.shapes.entry(shape(path)).or_default().push(side);
            }
            if let Some(last) = last_literal(path) {
                servers.lasts.entry(last).or_default().push(side);
                if side.open {
                    servers.open.entry(last).or_default().push(side);
                }
            }
        }
        servers
    }

    fn meet(&self, client: &'s Row) -> Met<'s> {
        let mut met = Met { client, tier: Tier::Exact, below_base: false, found: Vec::new() };
        if client.channel != Channel::Http {
            let found = self.exact.get(&(client.channel, client.text.as_str()));
            let found = found.cloned().unwrap_or_default();
            if client.channel == Channel::Env {
                met.found = self.setting(client, found);
                let own = |side: &&Row| side.place.repository == client.place.repository;
                met.tier = if met.found.iter().all(own) { Tier::Exact } else { Tier::Likely };
            } else {
                met.found = self.nearest(client, found);
                // Of a class there may be several objects.
                let of_class = client.text.starts_with("events:") && client.text.contains(OF_CLASS);
                met.tier = if of_class { Tier::Likely } else { Tier::Exact };
            }
            return met;
        }
        if client.host.as_deref().is_some_and(is_public_service) {
            return met;
        }
        if let Some(passed) = self.passed_on(client) {
            return passed;
        }
        let same = self.same(client, &client.text);
        // A tie is one, whatever else may fit less well.
        if !same.is_empty() {
            met.found = self.nearest(client, same);
            return met;
        }
        met.tier = Tier::Likely;
        for below_base in [false, true] {
            let text = match (below_base, &client.tail) {
                (false, _) => client.text.as_str(),
                (true, Some(tail)) => tail.as_str(),
                (true, None) => break,
            };
            met.below_base = below_base;
            let mut ways = vec![self.shaped(text)];
            if below_base {
                ways.insert(0, self.same(client, text));
            }
            if client.open {
                ways.push(self.longer(text));
            }
            if !below_base {
                ways.push(self.shorter(text));
                let label = client.host.as_deref().and_then(service_name);
                ways.extend(label.map(|label| self.of_service(&label, text)));
            }
            for mut way in ways {
                way.retain(|server| may_ask(client, server));
                if !way.is_empty() {
                    met.found = one_key(self.nearest(client, way));
                    return met;
                }
            }
        }
        met
    }

    /// What a client meets in the service that a gateway passes its path on to.
    fn passed_on(&self, client: &'s Row) -> Option<Met<'s>> {
        // A host that names a service is that service, not a gateway's.
        let label = client.host.as_deref().and_then(service_name);
        let direct = label.is_some_and(|label| self.services.contains_key(&label));
        // One that is not known may be any service's as well as the gateway's.
        let other = |host: &str| is_public(host) || host.contains('{');
        if direct || client.host.as_deref().is_some_and(other) {
            return None;
        }
        let (service, there, gateway) = self.gateways.pass(client)?;
        let own = gateway == client.place.repository;
        for text in [there.as_str(), client.text.as_str()] {
            let mut found = self.same(client, text);
            // Whether another repository's gateway stands before this one is not certain.
            let mut tier = if own { Tier::Exact } else { Tier::Likely };
            if found.is_empty() {
                found = self.shaped(text);
                tier = Tier::Likely;
            }
            // A folder of the gateway's own repository may be the service; of another the name.
            let is_meant = |server: &&Row| {
                may_ask(client, server)
                    && if own && gateway == server.place.repository {
                        self.is_of_service(server, &service)
                    } else {
                        self.is_named(server, &service)
                    }
            };
            found.retain(is_meant);
            if found.is_empty() {
                found = self.of_service(&service, text);
                found.retain(is_meant);
                tier = Tier::Likely;
            }
            let found = one_key(self.nearest(client, found));
            if !found.is_empty() {
                return Some(Met { client, tier, below_base: false, found });
            }
        }
        None
    }

    /// Servers of this very key, or of its path for any method.
    fn same(&self, client: &Row, text: &str) -> Vec<&'s Row> {
        let (method, path) = split(text);
        let get = |method: &str| {
            let key = format!("{method} {path}");
            let mut found =
                self.exact.get(&(Channel::Http, key.as_str())).cloned().unwrap_or_default();
            found.retain(|server| may_ask(client, server));
            found
        };
        if method != "ANY" {
            let found = get(method);
            return if found.is_empty() { get("ANY") } else { found };
        }
        // A method that is not known: any, when the path has only one.
        let all: Vec<_> = ["ANY", "GET", "POST", "PUT", "PATCH", "DELETE"]
            .into_iter()
            .map(get)
            .filter(|found| !found.is_empty())
            .collect();
        if all.len() == 1 { all.into_iter().flatten().collect() } else { Vec::new() }
    }

    /// Servers with a variable where the client has a value.
    fn shaped(&self, text: &str) -> Vec<&'s Row> {
        let (method, path) = split(text);
        let (count, first) = shape(path);
        let mut found: Vec<&Row> = Vec::new();
        let mut best = 0;
        for first in [first, "{}"] {
            for server in self.shapes.get(&(count, first)).into_iter().flatten() {
                let (server_method, server_path) = split(&server.text);
                let fits = server_method == method || server_method == "ANY";
                let Some(literals) = fits.then(|| covers(server_path, path)).flatten() else {
                    continue;
                };
                if literals > best {
                    best = literals;
                    found.clear();
                }
                if literals == best && literals > 0 {
                    found.push(server);
                }
            }
        }
        found
    }

    /// Servers whose path is the client's with something in front.
    fn longer(&self, text: &str) -> Vec<&'s Row> {
        let (method, path) = split(text);
        let Some(last) = last_literal(path) else { return Vec::new() };
        let fits = |server: &&&Row| {
            let (server_method, server_path) = split(&server.text);
            (server_method == method || server_method == "ANY")
                && server_path.len() > path.len()
                && server_path.ends_with(path)
        };
        self.lasts.get(last).into_iter().flatten().filter(fits).copied().collect()
    }

    /// Servers of which the front is not known and the rest is the end of the client's path.
    fn shorter(&self, text: &str) -> Vec<&'s Row> {
        let (method, path) = split(text);
        let Some(last) = last_literal(path) else { return Vec::new() };
        let fits = |server: &&&Row| {
            let (server_method, server_path) = split(&server.text);
            (server_method == method || server_method == "ANY")
                && path.len() > server_path.len()
                && path.ends_with(server_path)
        };
        self.open.get(last).into_iter().flatten().filter(fits).copied().collect()
    }

    /// Servers of the service that the host names, whose path is the longest end of the client's: a
    /// service may be configured to have all of its routes below a path.
    fn of_service(&self, label: &str, text: &str) -> Vec<&'s Row> {
        let (method, path) = split(text);
        if last_literal(path).is_none() {
            return Vec::new();
        }
        for (at, _) in path.match_indices('/') {
            let mut found: Vec<&Row> = Vec::new();
            for method in [method, "ANY"] {
                let key = format!("{method} {}", &path[at..]);
                let same = self.exact.get(&(Channel::Http, key.as_str())).into_iter().flatten();
                found.extend(same.copied().filter(|server| self.is_of_service(server, label)));
            }
            if !found.is_empty() && last_literal(&path[at..]).is_some() {
                return found;
            }
        }
        self.only_variables(label, method, path)
    }

    pub(super) fn is_of_service(&self, server: &Row, label: &str) -> bool {
        self.names
            .get(&server.place.id())
            .is_some_and(|names| names.iter().any(|name| name == label))
    }

    /// The one route of a service that has variables only and is the end of a path: all of a
    /// service's routes may be below a path that its configuration says.
    fn only_variables(&self, label: &str, method: &str, path: &str) -> Vec<&'s Row> {
        let all = self.variables.get(label).into_iter().flatten().copied();
        let fits: Vec<&Row> = all
            .filter(|server| {
                let (server_method, server_path) = split(&server.text);
                (server_method == method || server_method == "ANY")
                    && path.len() > server_path.len()
                    && path.ends_with(server_path)
            })
            .collect();
        let repositories: FxHashSet<u32> = fits.iter().map(|side| side.place.repository).collect();
        if repositories.len() == 1 && fits.iter().all(|side| side.text == fits[0].text) {
            fits
        } else {
            Vec::new()
        }
    }

    /// A repository's routes with this first segment.
    pub(super) fn of_first(&self, repository: u32, first: &str) -> &[&'s Row] {
        let of = self.firsts.get(&repository).and_then(|firsts| firsts.get(first));
        of.map_or(&[], Vec::as_slice)
    }

    /// A route of the service of this name.
    pub(super) fn service(&self, name: &str) -> Option<&'s Row> {
        self.services.get(name).copied()
    }

    /// Routes that serve a path, for whatever method.
    pub(super) fn of_path(&self, path: &str) -> Vec<&'s Row> {
        let (count, first) = shape(path);
        let mut found: Vec<&Row> = Vec::new();
        for method in ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] {
            let key = format!("{method} {path}");
            found.extend(self.exact.get(&(Channel::Http, key.as_str())).into_iter().flatten());
        }
        for first in [first, "{}"] {
            let shaped = self.shapes.get(&(count, first)).into_iter().flatten().copied();
            found.extend(
                shaped.filter(|side| covers(split(&side.text).1, path).is_some_and(|n| n > 0)),
            );
        }
        found.retain(|side| !side.place.test);
        found
    }

    /// What a contract says of a route that code serves.
    pub(super) fn contracts_of(&self, server: &Row) -> Vec<&'s Row> {
        let same = self.exact.get(&(server.channel, server.text.as_str())).into_iter().flatten();
        let own = |side: &&Row| side.place.repository == server.place.repository;
        same.copied().filter(|side| side.rule.ends_with("/contract")).filter(own).collect()
    }

    /// Whether a side's repository has this name.
    fn is_named(&self, side: &Row, label: &str) -> bool {
        self.names
            .get(&side.place.id())
            .is_some_and(|names| names.first().is_some_and(|it| it == label))
    }

    /// Where a variable that a file reads is set: for the service that the file's repository is named
    /// after (in the same repository also one of its folders), and in the nearest folder above; else
    /// in the one place where the repository sets it. What other services or repositories call the
    /// same is another. A configuration key is set in the files that lie nearest.
    fn setting(&self, client: &Row, found: Vec<&'s Row>) -> Vec<&'s Row> {
        fn folder(side: &Row) -> &str {
            side.place.folder()
        }
        let mut own = Vec::new();
        let mut named = Vec::new();
        let none = String::new();
        for side in found {
            let label =
                side.host.as_ref().and_then(|host| self.labels.get(host.as_str())).unwrap_or(&none);
            // A folder's name says something in its own repository only.
            if side.place.repository != client.place.repository {
                if !label.is_empty() && self.is_named(client, label) {
                    named.push(side);
                }
            } else if !label.is_empty() && self.is_of_service(client, label) {
                named.push(side);
            } else {
                own.push(side);
            }
        }
        let at = folder(client);
        let above = |side: &Row| {
            let above = folder(side);
            above.is_empty() || at == above || at.starts_with(&format!("{above}/"))
        };
        let unnamed = own.iter().copied().filter(|side| side.host.is_none());
        let near: Vec<&Row> = unnamed.filter(|side| above(side)).collect();
        let deepest = near.iter().map(|side| folder(side).len()).max().unwrap_or(0);
        named.extend(near.into_iter().filter(|side| folder(side).len() == deepest));
        if named.is_empty() && is_key(&client.text) {
            let near = beside(client, own);
            fn top(side: &Row) -> &str {
                folder(side).split('/').next().unwrap_or_default()
            }
            // What lies in folders that have nothing in common with the reader's is one of many.
            let apart = near.iter().any(|side| top(side) != top(near[0]));
            return if apart { Vec::new() } else { near };
        }
        if named.is_empty() {
            let places: FxHashSet<_> = own.iter().map(|side| (folder(side), &side.host)).collect();
            // What one service is given is not what another reads.
            let label = own.first().and_then(|side| self.labels.get(side.host.as_deref()?));
            let of_another = |label: &String| {
                !self.is_of_service(client, label)
                    && self.labels.values().any(|it| it != label && self.is_of_service(client, it))
            };
            if places.len() == 1 && !label.is_some_and(of_another) {
                return own;
            }
        }
        named
    }

    /// The servers that the host names, else those of the client's own repository, else those of
    /// the only other one. Messages go to everybody who listens.
    fn nearest(&self, client: &Row, found: Vec<&'s Row>) -> Vec<&'s Row> {
        let repository = |side: &Row| side.place.repository;
        let production: Vec<_> = found.iter().copied().filter(|side| !side.place.test).collect();
        let live = if production.is_empty() { found } else { production };
        let shared = !OF_ONE_PLACE.iter().any(|system| client.text.starts_with(system));
        if client.channel == Channel::Topic && shared {
            return live;
        }
        // A contract says where a call goes only until an implementation is known.
        let implementations: Vec<_> =
            live.iter().copied().filter(|side| !side.rule.ends_with("/contract")).collect();
        let live = if implementations.is_empty() { live } else { implementations };
        let live = self.named_by_host(client, live);
        let own: Vec<_> =
            live.iter().copied().filter(|side| repository(side) == repository(client)).collect();
        let (_, path) = split(&client.text);
        if client.channel == Channel::Http && path == "/" && (client.open || client.host.is_some())
        {
            return Vec::new();
        }
        if !own.is_empty() {
            return match client.channel {
                Channel::Grpc | Channel::Graphql => beside(client, own),
                _ => own,
            };
        }
        let says_nothing = is_named_by_every_service(path);
        if client.channel == Channel::Http && says_nothing {
            return Vec::new();
        }
        let repositories: FxHashSet<u32> = live.iter().map(|side| repository(side)).collect();
        if repositories.len() == 1 { live } else { Vec::new() }
    }

    /// Keeps the servers of the service that the host names, when it names one.
    fn named_by_host(&self, client: &Row, live: Vec<&'s Row>) -> Vec<&'s Row> {
        let Some(label) = client.host.as_deref().and_then(service_name) else { return live };
        let named: Vec<&Row> =
            live.iter().copied().filter(|server| self.is_of_service(server, &label)).collect();
        if named.is_empty() { live } else { named }
    }
}

/// The plain names of a file's repository and folders: the service may be called by any, or by the
/// end of one that is more than a word (`genai-service` of `spring-petclinic-genai-service`). The
/// repository's whole name is the first.
fn names_of<'n>(repository: &'n str, path: &'n str) -> impl Iterator<Item = String> + use<'n> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let all = std::iter::once(repository).chain(folders.split('/'));
    all.flat_map(|name| {
        let cuts = name.match_indices(['-', '_']).map(|(at, _)| &name[at + 1..]);
        let ends = cuts.filter(|end| end.contains(['-', '_']));
        std::iter::once(name).chain(ends).map(plain)
    })
}

/// Of the sides in a file's own repository, those that have most folders in common with it: a
/// repository may hold several services with the same schema.
fn beside<'s>(of: &Row, own: Vec<&'s Row>) -> Vec<&'s Row> {
    fn folders(side: &Row) -> std::str::Split<'_, char> {
        side.place.folder().split('/')
    }
    let common =
        |side: &Row| folders(of).zip(folders(side)).take_while(|(one, other)| one == other).count();
    let most = own.iter().map(|side| common(side)).max().unwrap_or(0);
    own.into_iter().filter(|side| common(side) == most).collect()
}

/// A base URL is one server: links below a base, and links of a public host, hold only when at
/// least half of what the repository asks of that host is served.
fn agree(met: &mut [Met<'_>]) {
    let mut hosts: FxHashMap<(u32, &str), (u32, u32)> = FxHashMap::default();
    for one in met.iter() {
        if let Some(host) = one.client.host.as_deref() {
            let repository = one.client.place.repository;
            let counts = hosts.entry((repository, host)).or_default();
            counts.0 += 1;
            counts.1 += u32::from(!one.found.is_empty());
        }
    }
    for one in met.iter_mut() {
        let Some(host) = one.client.host.as_deref() else { continue };
        if !is_public(host) {
            continue;
        }
        let repository = one.client.place.repository;
        let (all, found) = hosts.get(&(repository, host)).copied().unwrap_or_default();
        if found * 2 < all || (one.below_base && found < 2) {
            one.found.clear();
        }
    }
}

/// What a repository asks of another's schema is likely at best, and only when most of its root
/// fields are that schema's: fields have common names.
fn agree_on_schemas(met: &mut [Met<'_>]) {
    let mut counts: FxHashMap<u32, (FxHashSet<&str>, FxHashSet<&str>)> = FxHashMap::default();
    for one in met.iter().filter(|one| one.client.channel == Channel::Graphql) {
        let (asked, served) = counts.entry(one.client.place.repository).or_default();
        asked.insert(&one.client.text);
        if !one.found.is_empty() {
            served.insert(&one.client.text);
        }
    }
    for one in met.iter_mut().filter(|one| one.client.channel == Channel::Graphql) {
        let own = one.client.place.repository;
        if one.found.iter().all(|server| server.place.repository == own) {
            continue;
        }
        one.tier = one.tier.max(Tier::Likely);
        if counts.get(&own).is_none_or(|(asked, served)| served.len() * 2 < asked.len()) {
            one.found.clear();
        }
    }
}

/// Several handlers in the client's repository: no file asks itself, and what one file asks
/// without a host is one server's, the one that serves the most of it.
fn narrow(met: &mut [Met<'_>]) {
    fn folder(side: &Row) -> &str {
        side.place.folder()
    }
    let own = |one: &Met<'_>, server: &Row| server.place.repository == one.client.place.repository;
    let mut served: FxHashMap<((u32, u32), &str), FxHashSet<&str>> = FxHashMap::default();
    for one in met.iter_mut().filter(|one| one.client.channel == Channel::Http) {
        if one.found.iter().any(|server| server.place.id() != one.client.place.id()) {
            let file = one.client.place.id();
            one.found.retain(|server| server.place.id() != file);
        }
        if one.client.host.is_none() && !one.client.open {
            for server in &one.found {
                let texts = served.entry((one.client.place.id(), folder(server))).or_default();
                texts.insert(&one.client.text);
            }
        }
    }
    for one in met.iter_mut().filter(|one| one.client.channel == Channel::Http) {
        let relative = one.client.host.is_none() && !one.client.open;
        if !relative || one.found.len() < 2 || !one.found.iter().all(|s| own(one, s)) {
            continue;
        }
        let count = |server: &Row| {
            served.get(&(one.client.place.id(), folder(server))).map_or(0, FxHashSet::len)
        };
        let most = one.found.iter().map(|server| count(server)).max().unwrap_or(0);
        let best: Vec<_> =
            one.found.iter().copied().filter(|server| count(server) == most).collect();
        let folders: FxHashSet<&str> = best.iter().map(|server| folder(server)).collect();
        if folders.len() == 1 {
            one.found = best;
        }
    }
}

/// Whether a client may mean a server at all: tests serve themselves only, and ask what is tested.
fn may_ask(client: &Row, server: &Row) -> bool {
    let (from, to) = (&client.place, &server.place);
    (!to.test || from.id() == to.id()) && (!from.test || from.repository == to.repository)
}

/// Whether a path says nothing of who is meant.
pub(super) fn is_named_by_every_service(path: &str) -> bool {
    path == "/" || OF_EVERY_SERVICE.binary_search(&path).is_ok()
}

/// Servers of several keys are a tie.
fn one_key(found: Vec<&Row>) -> Vec<&Row> {
    let path = |side: &Row| split(&side.text).1.to_owned();
    match found.first() {
        Some(first) if found.iter().all(|side| path(side) == path(first)) => found,
        _ => Vec::new(),
    }
}

/// `GET /x` → `GET`, `/x`.
pub(super) fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or(("", text))
}

/// Number of segments, and the first.
fn shape(path: &str) -> (usize, &str) {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or("");
    (1 + segments.count(), first)
}

fn last_literal(path: &str) -> Option<&str> {
    path.rsplit('/').find(|segment| !segment.is_empty() && *segment != "{}")
}

/// Whether a route has a variable or the same text wherever the client has a value: with the number
/// of segments that agree. A variable of the client needs one of the route.
fn covers(route: &str, path: &str) -> Option<u32> {
    let mut literals = 0;
    let mut route = route.split('/').filter(|segment| !segment.is_empty());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        match route.next()? {
            "{}" => {}
            literal if literal == segment => literals += 1,
            _ => return None,
        }
    }
    route.next().is_none().then_some(literals)
}

/// Whether a host is one on the internet.
pub(super) fn is_public(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    let local = name == "localhost"
        || name.contains('{')
        || name.ends_with(".local")
        || name.ends_with(".internal")
        || name.split('.').all(|part| part.chars().all(|c| c.is_ascii_digit()));
    name.contains('.') && !local
}

pub(super) fn is_public_service(host: &str) -> bool {
    let name = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    PUBLIC_SERVICES.iter().any(|service| {
        name.strip_suffix(service).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })
}

/// The service that a host may name: `orders` of `orders:8080`, `orders.shop.svc`.
pub(super) fn service_name(host: &str) -> Option<String> {
    let label = host.split([':', '.']).next().unwrap_or(host);
    let plain = plain(label);
    (!label.contains('{') && plain.len() > 2 && plain != "localhost" && plain != "www")
        .then_some(plain)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{OF_EVERY_SERVICE, covers, is_public, is_public_service, service_name};

    #[test]
    fn values_fit_variables_only() {
        assert_eq!(covers("/users/{}/posts", "/users/me/posts"), Some(2));
        assert_eq!(covers("/users/{}", "/users/{}"), Some(1));
        assert_eq!(covers("/users/me", "/users/{}"), None);
        assert_eq!(covers("/users/{}", "/users"), None);
    }

    #[test]
    fn hosts_are_told_apart() {
        assert!(is_public("api.example.com"));
        assert!(!is_public("localhost:8080"));
        assert!(!is_public("{}.example.com"));
        assert!(!is_public("127.0.0.1:80"));
        assert!(is_public_service("api.github.com"));
        assert!(!is_public_service("mygithub.com"));
        assert_eq!(service_name("order-service:80").as_deref(), Some("orderservice"));
        assert_eq!(service_name("{}"), None);
    }

    #[test]
    fn lists_are_sorted() {
        assert!(OF_EVERY_SERVICE.is_sorted());
    }
}
