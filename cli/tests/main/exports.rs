//! `qf export`: the contract that other programs rely on.

use crate::support::shared;
use serde_json::Value;

fn names(row: &Value) -> Vec<&str> {
    row.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn edges_have_the_fields_of_version_1() {
    let rows = shared().run(&["export", "edges", "--kind", "calls"]).json_lines(0);
    assert!(rows.len() > 50);
    for row in &rows {
        let mut fields = names(row);
        fields.sort_unstable();
        let mut expected = vec![
            "caller_repo",
            "caller_file",
            "caller",
            "caller_line",
            "callee_repo",
            "callee_file",
            "callee",
            "callee_line",
            "line",
            "kind",
            "tier",
            "rule",
        ];
        expected.sort_unstable();
        assert_eq!(fields, expected);
        assert_eq!(row["kind"], "calls");
        assert!(row["line"].as_u64() > Some(0));
        assert_ne!(row["tier"], "maybe");
        if row["caller"] == "<module>" {
            assert_eq!(row["caller_line"], 1);
        }
    }
    assert!(rows.iter().any(|row| {
        row["caller"] == "AccountService.credit"
            && row["callee"] == "Ledger.apply"
            && row["caller_file"] == "app/accounts.py"
            && row["callee_line"] == 26
            && row["line"] == 41
    }));
    // Constructions are calls of the constructor.
    assert!(
        rows.iter()
            .any(|row| row["callee"] == "CappedLedger.__init__"
                || row["callee"] == "Ledger.__init__")
    );
}

#[test]
fn edges_can_be_narrowed() {
    let rows = shared().run(&["export", "edges", "--repo", "ledger-rs"]).json_lines(0);
    assert!(rows.iter().all(|row| row["caller_repo"] == "ledger-rs"));
    assert!(rows.iter().any(|row| row["kind"] == "writes"));
    assert!(rows.iter().all(|row| row["kind"] != "contains"));
    let exact =
        shared().run(&["export", "edges", "--kind", "calls", "--min-tier", "exact"]).json_lines(0);
    assert!(exact.iter().all(|row| row["tier"] == "exact" || row["tier"] == "compiler"));
    shared().run(&["export", "edges", "--repo", "nowhere"]).exits(2);
    shared().run(&["export", "edges", "--kind", "nothing"]).exits(2);
}

#[test]
fn links_name_client_and_server() {
    let rows = shared().run(&["export", "links"]).json_lines(0);
    for row in &rows {
        if row["channel"] == "package" {
            assert!(row["consumer"].is_string() && row["provider"].is_string());
            assert!(row["caller_file"].is_string() && row["callee_line"].is_u64());
        } else {
            for field in [
                "client_repo",
                "client_file",
                "client_function",
                "server_repo",
                "server_file",
                "handler",
                "path",
                "rule",
                "tier",
            ] {
                assert!(row[field].is_string(), "{field} of {row}");
            }
            assert!(row["client_line"].is_u64() && row["server_line"].is_u64());
            assert_eq!(row["method"].is_string(), row["channel"] == "http");
        }
    }
    let tables = shared().run(&["export", "links", "--channel", "table"]).json_lines(0);
    assert!(tables.iter().all(|row| row["channel"] == "table"));
}
