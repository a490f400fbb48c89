//! One manifest a test, as lines.

use super::manifest;

#[track_caller]
fn check(path: &str, text: &str, expected: &str) {
    let found = manifest(path, text).expect("it is a manifest");
    let mut lines = vec![format!("{} {} {}", found.ecosystem, found.name, found.version)];
    lines.extend(
        found.dependencies.iter().map(|(name, version)| format!("depends {name} {version}")),
    );
    lines.extend(found.entries.iter().map(|(name, path)| format!("entry {name} = {path}")));
    lines.extend(found.aliases.iter().map(|(name, path)| format!("alias {name} = {path}")));
    lines.extend(found.members.iter().map(|member| format!("member {member}")));
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected);
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = manifest(path, &text[..end]);
    }
}

#[test]
fn cargo() {
    check(
        "crates/a/Cargo.toml",
        r#"
[package]
name = "acme-a"
version.workspace = true
[lib]
name = "acme"
path = "lib.rs"
[[bin]]
name = "tool"
[dependencies]
serde = { version = "1", features = ["derive"] }
log = "0.4"
json = { package = "serde_json", version = "1" }
acme-b = { path = "../b", version = "2" }
tokio.workspace = true
[dev-dependencies]
insta = "1"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[workspace]
members = ["crates/*", "cli"]
[workspace.dependencies]
rayon = "1"
"#,
        r"
        cargo acme-a
        depends serde 1
        depends log 0.4
        depends serde_json 1
        depends acme-b path:../b
        depends tokio workspace
        depends insta 1
        depends libc 0.2
        depends rayon 1
        entry lib = lib.rs
        entry lib-name = acme
        entry bin:tool = src/bin/tool.rs
        alias json = serde_json
        member crates/*
        member cli
        ",
    );
}

#[test]
fn npm() {
    check(
        "package.json",
        r##"{
  "name": "@acme/pay", "version": "1.2.3", "main": "dist/index.js", "types": "dist/index.d.ts",
  "exports": { ".": { "import": "./dist/index.mjs", "require": "./dist/index.js" },
               "./client": "./dist/client.js" },
  "bin": { "pay": "bin/pay.js" },
  "imports": { "#db": { "node": "./src/db.js" } },
  "workspaces": { "packages": ["packages/*"] },
  "dependencies": { "rxjs": "^7", "@acme/core": "workspace:*" },
  "devDependencies": { "vitest": "1" }, "peerDependencies": { "rxjs": ">=6" }
}"##,
        r"
        npm @acme/pay 1.2.3
        depends rxjs ^7
        depends @acme/core workspace:*
        depends vitest 1
        entry types = dist/index.d.ts
        entry main = dist/index.js
        entry . = ./dist/index.mjs
        entry . = ./dist/index.js
        entry ./client = ./dist/client.js
        entry bin:pay = bin/pay.js
        alias #db = ./src/db.js
        member packages/*
        ",
    );
    check(
        "pnpm-workspace.yaml",
        "packages:\n  - 'apps/*'\n  - libs/core\n",
        "npm\nmember apps/*\nmember libs/core",
    );
}

#[test]
fn tsconfig() {
    check(
        "web/tsconfig.base.json",
        r#"{
  // paths
  "compilerOptions": {
    "baseUrl": "./src", /* here */
    "paths": { "@app/*": ["app/*", "../generated/*"], "~": ["./index.ts"], },
  },
}"#,
        r"
        tsconfig
        alias @app/* = src/app/*
        alias @app/* = generated/*
        alias ~ = src/index.ts
        alias * = src/*
        ",
    );
    check(
        "jsconfig.json",
        r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"], "x": ["../x"]}}}"#,
        "
        tsconfig
        alias @/* = src/*
        alias x = ../x
    ",
    );
}

#[test]
fn python() {
    check(
        "pyproject.toml",
        r#"
[project]
name = "acme-pay"
version = "1.0"
dependencies = ["flask[async]>=2; python_version > '3.8'", "requests (>=2,<3)", "core @ file:///x"]
[project.optional-dependencies]
dev = ["pytest"]
[project.scripts]
pay = "acme.cli:main"
[dependency-groups]
lint = ["ruff==0.5"]
[tool.setuptools.package-dir]
"" = "src"
[tool.setuptools.packages.find]
where = ["src"]
[tool.uv.sources]
core = { path = "../core" }
[tool.uv.workspace]
members = ["packages/*"]
"#,
        r"
        pypi acme-pay 1.0
        depends flask >=2
        depends requests >=2,<3
        depends core path:../core
        depends pytest
        depends ruff ==0.5
        entry script:pay = acme.cli:main
        entry  = src
        member packages/*
        ",
    );
    check(
        "pyproject.toml",
        r#"
[tool.poetry]
name = "shop"
version = "0.1"
packages = [{ include = "shop", from = "lib" }]
[tool.poetry.dependencies]
python = "^3.9"
httpx = "^0.27"
core = { path = "../core" }
[tool.poetry.group.dev.dependencies]
mypy = { version = "1", extras = ["x"] }
"#,
        r"
        pypi shop 0.1
        depends httpx ^0.27
        depends core path:../core
        depends mypy 1
        entry shop = lib/shop
        ",
    );
    check(
        "setup.cfg",
        "[metadata]\nname = acme\nversion = attr: acme.V\n[options]\npackage_dir =\n    = src\ninstall_requires =\n    flask>=2\n    # no\n    click\n[options.packages.find]\nwhere = src\n",
        "pypi acme\ndepends flask >=2\ndepends click\nentry  = src",
    );
    check(
        "setup.py",
        "REQ = ['a>1']\nsetup(\n  name='acme', version = VERSION,\n  packages=find_packages('src'),\n  package_dir={'': 'src'},\n  install_requires=['flask >= 2', \"click\"],\n  tests_require=REQ)",
        "pypi acme\ndepends flask >= 2\ndepends click\ndepends a >1\nentry  = src",
    );
    check(
        "requirements/dev.txt",
        "-r base.txt\n# x\nDjango==4.2  # why\ncore[x] @ git+https://x/y\nhttps://a/b.whl\npytest ; python_version>'3'\n",
        "pypi\ndepends Django ==4.2\ndepends core @ git+https://x/y\ndepends pytest",
    );
}

#[test]
fn go() {
    check(
        "go.mod",
        "module github.com/acme/pay // x\n\ngo 1.22\n\nrequire (\n\tgithub.com/a/b v1.2.3\n\tgolang.org/x/net v0.1.0 // indirect\n)\nrequire example.com/c v0.0.1\nreplace github.com/a/b => ../b\nreplace (\n\texample.com/c v0.0.1 => example.com/d v1.0.0\n)\n",
        r"
        go github.com/acme/pay
        depends github.com/a/b v1.2.3
        depends golang.org/x/net v0.1.0
        depends example.com/c v0.0.1
        alias github.com/a/b = ../b
        alias example.com/c = example.com/d
        ",
    );
    check(
        "go.work",
        "go 1.22\nuse (\n\t./a\n\t./b\n)\nuse ./c\n",
        "go\nmember ./a\nmember ./b\nmember ./c",
    );
}

#[test]
fn jvm() {
    check(
        "pom.xml",
        "<project xmlns='x'><parent><groupId>com.acme</groupId><artifactId>root</artifactId><version>1</version></parent>
<artifactId>pay</artifactId><properties><j.v>2.1</j.v></properties>
<modules><module>api</module></modules>
<dependencies><dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId><version>${project.version}</version></dependency>
<dependency><groupId>j</groupId><artifactId>j</artifactId><version>${j.v}</version></dependency></dependencies></project>",
        r"
        maven com.acme:pay 1
        depends com.acme:core 1
        depends j:j 2.1
        depends com.acme:root 1
        member api
        ",
    );
    check(
        "app/build.gradle.kts",
        "plugins { id(\"x\") }\nversion = \"1.0\"\ndependencies {\n  implementation(\"com.a:b:1\")\n  api project(':core:x')\n  testImplementation group: 'g', name: 'n', version: '3'\n}\n",
        "maven  1.0\ndepends com.a:b 1\ndepends project:core/x path:core/x\ndepends g:n 3",
    );
    check(
        "settings.gradle",
        "rootProject.name = 'acme'\ninclude ':app', ':libs:core',\n  ':web'\n",
        "maven\nmember app\nmember libs/core\nmember web",
    );
}

#[test]
fn others() {
    check(
        "Gemfile",
        "source 'https://x'\ngem 'rails', '~> 7.0', require: false\n  gem \"core\", path: \"../core\"\ngem 'rack'\n",
        "gem\ndepends rails ~> 7.0\ndepends core path:../core\ndepends rack",
    );
    check(
        "acme.gemspec",
        "Gem::Specification.new do |s|\n  s.name = 'acme'\n  s.version = Acme::VERSION\n  s.add_dependency 'rack', '>= 2'\n  s.require_paths = ['lib']\nend\n",
        "gem acme\ndepends rack >= 2\nentry  = lib",
    );
    check(
        "composer.json",
        r#"{"name": "acme/shop", "require": {"php": ">=8", "acme/core": "^1"}, "autoload": {"psr-4": {"Acme\\Shop\\": "src/", "X\\": ["a", "b"]}}}"#,
        "composer acme/shop\ndepends php >=8\ndepends acme/core ^1\nalias Acme\\Shop\\ = src/\nalias X\\ = a\nalias X\\ = b",
    );
    check(
        "src/Pay/Pay.csproj",
        "<Project Sdk=\"x\"><PropertyGroup><RootNamespace>Acme.Pay</RootNamespace><Version>2.0</Version></PropertyGroup><ItemGroup><PackageReference Include=\"Dapper\" Version=\"2\"/><ProjectReference Include=\"..\\Core\\Acme.Core.csproj\" /></ItemGroup></Project>",
        "nuget Pay 2.0\ndepends Dapper 2\ndepends Acme.Core path:../Core/Acme.Core.csproj\nentry Acme.Pay =",
    );
    check(
        "mix.exs",
        "  def project do\n    [app: :pay,\n     version: \"0.1.0\",\n  defp deps do\n    [{:ecto, \"~> 3\"}, \n     {:core, path: \"../core\"}]\n",
        "hex pay 0.1.0\ndepends ecto ~> 3\ndepends core path:../core",
    );
    check(
        "pubspec.yaml",
        "name: app\nversion: 1.0.0\ndependencies:\n  http: ^1.0\n  core:\n    path: ../core\n",
        "pub app 1.0.0\ndepends http ^1.0\ndepends core path:../core",
    );
    assert!(manifest("data.json", "{}").is_none());
    assert!(manifest("notes.txt", "flask").is_none());
}
