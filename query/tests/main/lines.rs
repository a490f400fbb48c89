//! Evidence lines know where on them the reference is.

use crate::fixture::World;
use qf_graph::EdgeKind::Calls;
use qf_query::{Options, callers};

#[test]
fn the_reference_is_found_on_its_line() {
    let source = "help()\nrun()\n    if something { größe(); help() }\n";
    let world = World::default()
        .file("a/a.go", source, &["function help 1", "function run 2-3"])
        .edge_at("a:run", Calls, "a:help", 3, source.rfind("help").expect("it is there"))
        .open();
    let answer = callers(&world.snapshot, "help", &Options::default());
    let evidence = &answer.items[0].evidence[0];
    assert_eq!(evidence.text, "if something { größe(); help() }");
    assert_eq!(evidence.focus, Some("if something { größe(); ".chars().count()));
}
