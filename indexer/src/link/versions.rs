//! Whether the version of a package that is indexed is one that is asked for.
//!
//! Cargo, npm and Composer write requirements as Semantic Versioning ranges with differences in
//! what a bare version means, Python as PEP 440 specifiers. What cannot be read is not judged: a
//! workspace's inherited version, a branch, a path, a range of Maven or Bundler.

use pep440_rs::{Version as PythonVersion, VersionSpecifiers};
use semver::{Version, VersionReq};
use std::str::FromStr;

/// Whether a version satisfies a requirement; `None` when either cannot be read.
pub fn fits(ecosystem: &str, requirement: &str, version: &str) -> Option<bool> {
    let requirement = requirement.trim();
    match ecosystem {
        "pypi" => {
            let wanted = VersionSpecifiers::from_str(requirement).ok()?;
            let version = PythonVersion::from_str(version).ok()?;
            let released = version.only_release();
            (!requirement.is_empty())
                .then(|| wanted.contains(&version) || wanted.contains(&released))
        }
        "cargo" => {
            let wanted = VersionReq::parse(requirement).ok()?;
            Some(matches(&wanted, &Version::parse(version).ok()?))
        }
        "npm" | "composer" => {
            let version = Version::parse(version.trim_start_matches('v')).ok()?;
            let mut any = false;
            for range in requirement.split("||") {
                any |= matches(&range_of(ecosystem, range.trim())?, &version);
            }
            Some(any)
        }
        _ => None,
    }
}

/// A version before a release counts for what it will be.
fn matches(wanted: &VersionReq, version: &Version) -> bool {
    let mut released = version.clone();
    released.pre = semver::Prerelease::EMPTY;
    wanted.matches(version) || wanted.matches(&released)
}

/// One range of npm: `1.2.3` is that version only, `1.2.x` and `1 - 2` are ranges, comparators are
/// parted by spaces. Composer's `~1.2` goes up to 2.
fn range_of(ecosystem: &str, range: &str) -> Option<VersionReq> {
    let range = range.strip_prefix("workspace:").unwrap_or(range);
    if matches!(range, "" | "*" | "x" | "latest") {
        return Some(VersionReq::STAR);
    }
    if let Some((from, to)) = range.split_once(" - ") {
        return VersionReq::parse(&format!(">={}, <={}", from.trim(), to.trim())).ok();
    }
    // `>= 1.2 <2` → `>=1.2, <2`.
    let mut parts: Vec<String> = Vec::new();
    for word in range.split([' ', ',']).filter(|word| !word.is_empty()) {
        match parts.last_mut() {
            Some(last) if last.ends_with(['<', '>', '=', '~', '^']) => *last += word,
            _ => parts.push(word.to_owned()),
        }
    }
    let exact = |part: &String| {
        let bare = part.trim_start_matches('v');
        let whole = Version::parse(bare).is_ok();
        let partial = bare.starts_with(|c: char| c.is_ascii_digit()) && !bare.contains(['x', '*']);
        match (whole, partial) {
            (true, _) => format!("={bare}"),
            (_, true) => format!("{bare}.*"),
            _ if ecosystem == "composer" && part.matches('.').count() == 1 => {
                part.replace('~', "^")
            }
            _ => part.replace(".x", ".*"),
        }
    };
    VersionReq::parse(&parts.iter().map(exact).collect::<Vec<_>>().join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn requirements_are_read_as_their_ecosystem_means_them() {
        assert_eq!(fits("cargo", "1.2", "1.9.0"), Some(true));
        assert_eq!(fits("cargo", "1.2", "2.0.0"), Some(false));
        assert_eq!(fits("cargo", "1.2", "1.3.0-dev"), Some(true));
        assert_eq!(fits("npm", "1.2.3", "1.2.4"), Some(false));
        assert_eq!(fits("npm", "^1.2.0", "1.9.0"), Some(true));
        assert_eq!(fits("npm", "1.x", "1.9.0"), Some(true));
        assert_eq!(fits("npm", "1", "2.0.0"), Some(false));
        assert_eq!(fits("npm", ">= 1.2 <2 || 3.0.0", "3.0.0"), Some(true));
        assert_eq!(fits("npm", "1.0.0 - 1.5.0", "1.6.0"), Some(false));
        assert_eq!(fits("npm", "workspace:*", "1.6.0"), Some(true));
        assert_eq!(fits("npm", "github:acme/x", "1.6.0"), None);
        assert_eq!(fits("composer", "~2.1", "2.5.7"), Some(true));
        assert_eq!(fits("pypi", ">=2,<3", "3.1"), Some(false));
        assert_eq!(fits("pypi", "~=2.1", "2.9"), Some(true));
        assert_eq!(fits("pypi", ">=2.0", "2.0.0.dev1"), Some(true));
        assert_eq!(fits("pypi", "", "2.9"), None);
        assert_eq!(fits("maven", "[1,2)", "3"), None);
    }
}
