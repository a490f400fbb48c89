//! What must never be reachable from a reference.
//!
//! References get published: a bundle of all of them, and some mirrors, have the stash too. Ignored
//! files never go there; files that are not ignored, but look as if somebody forgot to, do not either. They are
//! kept in the private store alone, and the checkpoint says which they are.

/// Names of files that hold secrets; a `*` stands for anything.
const NAMES: [&str; 30] = [
    ".env",
    ".env.*",
    "*.env",
    ".envrc",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ovpn",
    "*.ppk",
    "credentials",
    "credentials.json",
    "service-account*.json",
    "secrets.*",
    "*.tfvars",
];

/// Names that look like those but are meant to be shared.
const EXAMPLES: [&str; 5] =
    [".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];

/// Beginnings of keys, and how many letters and digits must follow.
const KEYS: [(&[u8], usize); 9] = [
    (b"AKIA", 16),
    (b"ghp_", 30),
    (b"gho_", 30),
    (b"github_pat_", 30),
    (b"glpat-", 18),
    (b"xoxb-", 20),
    (b"xoxp-", 20),
    (b"sk-ant-", 20),
    (b"sk_live_", 20),
];

/// How much of a file is looked at.
pub const LOOKED_AT: usize = 1 << 20;

fn is_named(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// Whether a file of this name holds a secret.
pub fn by_name(path: &[u8]) -> bool {
    let name = String::from_utf8_lossy(super::tree::name(path)).to_lowercase();
    let any = |patterns: &[&str]| patterns.iter().any(|pattern| is_named(pattern, &name));
    any(&NAMES) && !any(&EXAMPLES)
}

/// Whether bytes have a private key or the token of a service in them.
pub fn by_content(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
    let key = b"PRIVATE KEY-----";
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest[0] {
            b'P' if rest.starts_with(key) => return true,
            b'A' | b'g' | b'x' | b's' => {
                for (start, length) in KEYS {
                    if let Some(rest) = rest.strip_prefix(start) {
                        let plain =
                            |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
                        if rest.iter().take_while(plain).count() >= length {
                            return true;
                        }
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{by_content, by_name};

    #[test]
    fn names() {
        for name in [".env", "a/.env.local", "prod.env", "b/id_rsa", "x.PEM", "secrets.yaml"] {
            assert!(by_name(name.as_bytes()), "{name}");
        }
        for name in [".env.example", "environment.py", "key.rs", "monkey", "a.pem/readme"] {
            assert!(!by_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn contents() {
        let token = format!("token = '{}{}'", "ghp_", "a1B2".repeat(9));
        assert!(by_content(token.as_bytes()));
        let key = format!("-----BEGIN OPENSSH {}-----", "PRIVATE KEY");
        assert!(by_content(key.as_bytes()));
        assert!(!by_content(b"ghp_short and PRIVATE KEYS"));
    }
}
