//! Keys: the only thing that may join two repositories.
//!
//! A link between repositories is two sides of one key — a route, a package, a topic, a table —
//! and never a bare name. Each side is normalised to one text per meeting point, so that finding
//! the links is one look-up in a table, not a comparison of pairs.

use serde::{Deserialize, Serialize};

/// The kind of place where repositories meet. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Channel {
    /// `npm:@acme/x`, `pypi:flask`, `go:github.com/a/b`.
    Package,
    /// `GET /api/orders/{}`.
    Http,
    /// `package.Service/Method`.
    Grpc,
    /// `Query.user`, `Mutation.createUser`.
    Graphql,
    /// Message topic, queue, job or channel.
    Topic,
    /// `users` or `users.balance`.
    Table,
    /// Object store bucket.
    Bucket,
    /// Environment variable or configuration key.
    Env,
}

impl Channel {
    /// Every channel, in stored order.
    pub const ALL: [Channel; 8] = [
        Channel::Package,
        Channel::Http,
        Channel::Grpc,
        Channel::Graphql,
        Channel::Topic,
        Channel::Table,
        Channel::Bucket,
        Channel::Env,
    ];

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Package => "package",
            Channel::Http => "http",
            Channel::Grpc => "grpc",
            Channel::Graphql => "graphql",
            Channel::Topic => "topic",
            Channel::Table => "table",
            Channel::Bucket => "bucket",
            Channel::Env => "env",
        }
    }

    /// The channel stored as `byte`, if it is one.
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(byte as usize).copied()
    }
}
