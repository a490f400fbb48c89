//! What texts say, as one line each: `r` read, `w` write, `i` insert, `table.column`.

use super::{accesses, looks_like_sql};

fn said(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = accesses(text)
        .iter()
        .map(|access| {
            let verb = match (access.write, access.insert) {
                (false, _) => "r",
                (true, false) => "w",
                (true, true) => "i",
            };
            format!("{verb} {}.{}", access.table, access.column.as_deref().unwrap_or("*"))
        })
        .collect();
    lines.sort();
    lines
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert!(looks_like_sql(text), "not taken for SQL: {text}");
    assert_eq!(said(text), expected, "{text}");
}

#[test]
fn updates() {
    check(
        "UPDATE users SET balance = balance - ? WHERE id = ?",
        &["r users.balance", "r users.id", "w users.balance"],
    );
    check("update users set balance=$1, name = $2", &["w users.balance", "w users.name"]);
    check(
        "UPDATE shop.\"Users\" AS u SET \"Balance\" = %s WHERE u.id = %(id)s RETURNING u.name",
        &["r users.id", "r users.name", "w users.balance"],
    );
    check(
        "UPDATE orders o JOIN users u ON u.id = o.user_id SET o.paid = 1, u.balance = 2",
        &["r orders.user_id", "r users.id", "w orders.paid", "w users.balance"],
    );
    check(
        "UPDATE accounts SET balance = s.total FROM sums s WHERE s.id = accounts.id",
        &["r accounts.id", "r sums.id", "r sums.total", "w accounts.balance"],
    );
    check(
        "UPDATE u SET u.name = @name FROM dbo.Users u WHERE u.Id = @id",
        &["r users.id", "w users.name"],
    );
    check(
        "UPDATE [dbo].[Users] SET [Balance] = @b WHERE [Id] = @id",
        &["r users.id", "w users.balance"],
    );
    check(
        "UPDATE `users` SET `state` = \"active\" WHERE `id` IN (?, ?)",
        &["r users.id", "w users.state"],
    );
    check("UPDATE t SET (a, b) = (1, 2) WHERE c IS NULL", &["r t.c", "w t.a", "w t.b"]);
}

#[test]
fn inserts() {
    check(
        "INSERT INTO users (name, email) VALUES (:name, :email)",
        &["i users.email", "i users.name"],
    );
    check("INSERT INTO users VALUES (?, ?)", &["i users.*"]);
    check(
        "INSERT INTO ledger (id, amount) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, seen = now()",
        &["i ledger.amount", "i ledger.id", "w ledger.amount", "w ledger.seen"],
    );
    check(
        "INSERT IGNORE INTO hits (page) VALUES (?) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
        &["i hits.page", "r hits.n", "w hits.n"],
    );
    check(
        "INSERT INTO archive (id, body) SELECT id, body FROM posts WHERE old = true",
        &["i archive.body", "i archive.id", "r posts.body", "r posts.id"],
    );
    check("REPLACE INTO cache (k, v) VALUES (?, ?)", &["i cache.k", "i cache.v"]);
    check("INSERT OR REPLACE INTO kv (k) VALUES (?)", &["i kv.k"]);
    check("INSERT INTO t (a, b) VALUES %s", &["i t.a", "i t.b"]);
    check("INSERT INTO posts ({columns}) VALUES ({marks})", &["i posts.*"]);
}

#[test]
fn deletes() {
    check(
        "DELETE FROM sessions WHERE expires_at < NOW()",
        &["r sessions.expires_at", "w sessions.*"],
    );
    check("DELETE FROM sessions", &["w sessions.*"]);
    check("delete from users u where u.id = ?", &["r users.id", "w users.*"]);
    check("TRUNCATE TABLE audit_log", &["w audit_log.*"]);
    check(
        "DELETE o FROM orders o JOIN users u ON o.user_id = u.id WHERE u.gone = 1",
        &["r orders.user_id", "r users.gone", "r users.id", "w orders.*"],
    );
}

#[test]
fn selects() {
    check("SELECT * FROM users", &["r users.*"]);
    check("select name from users where id=?", &["r users.id", "r users.name"]);
    check("SELECT COUNT(*) FROM orders", &["r orders.*"]);
    check(
        "SELECT u.name, o.total FROM users u LEFT JOIN orders AS o ON o.user_id = u.id \
         WHERE o.total > 10 ORDER BY u.name LIMIT ? OFFSET ?",
        &["r orders.total", "r orders.user_id", "r users.id", "r users.name"],
    );
    check(
        "SELECT name, count(*) AS n FROM users GROUP BY name HAVING count(*) > 1 ORDER BY n",
        &["r users.*", "r users.name"],
    );
    check(
        "WITH recent AS (SELECT id FROM orders WHERE day > ?) SELECT r.id FROM recent r",
        &["r orders.day", "r orders.id"],
    );
    check(
        "WITH moved AS (DELETE FROM inbox RETURNING id) INSERT INTO sent (id) SELECT id FROM moved",
        &["i sent.id", "r inbox.id", "w inbox.*"],
    );
    check(
        "SELECT name FROM users WHERE EXISTS (SELECT 1 FROM bans WHERE bans.user_id = users.id)",
        &["r bans.user_id", "r users.id", "r users.name"],
    );
    check("SELECT id FROM a UNION ALL SELECT id FROM b", &["r a.id", "r b.id"]);
    check(
        "-- name: GetUser :one\nSELECT id, name FROM users WHERE id = $1 LIMIT 1;",
        &["r users.id", "r users.name"],
    );
    check("SELECT x FROM (SELECT id AS x FROM t) s", &["r t.id"]);
    check("SELECT data->>'name' FROM events WHERE kind IN %s", &["r events.data", "r events.kind"]);
    check("SELECT a FROM t1, t2 WHERE t1.id = t2.id", &["r t1.id", "r t2.id"]);
    check("Select * from users where id = 1", &["r users.*", "r users.id"]);
    check(
        "SELECT id FROM t WHERE name = 'it''s; fine' AND \"Key\" = 1",
        &["r t.id", "r t.key", "r t.name"],
    );
}

#[test]
fn merges() {
    check(
        "MERGE INTO stock t USING delta s ON t.id = s.id \
         WHEN MATCHED THEN UPDATE SET t.qty = s.qty \
         WHEN NOT MATCHED THEN INSERT (id, qty) VALUES (s.id, s.qty)",
        &["i stock.id", "i stock.qty", "r delta.id", "r delta.qty", "r stock.id", "w stock.qty"],
    );
}

#[test]
fn templates_and_cut_off_texts() {
    check("UPDATE users SET {assignments} WHERE id = ?", &["r users.id", "w users.*"]);
    check("UPDATE users SET ", &["w users.*"]);
    check(
        "UPDATE users SET a = ?, b = ? WHERE id = ? AND",
        &["r users.id", "w users.a", "w users.b"],
    );
    check("SELECT id, name FROM users WHERE ", &["r users.id", "r users.name"]);
    check("SELECT {columns} FROM users {joins} WHERE {filter} {tail}", &["r users.*"]);
    check("INSERT INTO users (a, b", &["i users.a", "i users.b"]);
    check("UPDATE {table} SET a = 1 WHERE b = 2", &[]);
    check("SELECT * FROM events_{day}", &[]);
    check("DELETE FROM users WHERE id = {}", &["r users.id", "w users.*"]);
    check("SELECT * FROM {{ ref('orders') }} WHERE paid = 1", &["r orders.*", "r orders.paid"]);
    check("\\n  SELECT id\\n FROM t\\n WHERE a = \\\"x\\\"", &["r t.a", "r t.id"]);
    check("UPDATE t SET a = #{a} WHERE id = ${id}", &["r t.id", "w t.a"]);
}

#[test]
fn prose_is_not_sql() {
    for text in [
        "Update the user's name",
        "Update the set of users",
        "update a set = of things",
        "Select a file from the list",
        "select a file from the list",
        "Select one of these from your account",
        "Select items from list",
        "Select all users from group",
        "Delete from here",
        "Delete user from group",
        "Delete from cart",
        "delete this message from the inbox",
        "Insert into the document",
        "Insert into slot",
        "insert into basket",
        "With great power comes responsibility",
        "Create table view for users",
        "Create a new table",
        "Alter table settings",
        "Merge into main using squash",
        "Replace into place",
        "select-all-from-menu",
        "updated users set to active",
        "Copy from clipboard",
        "Truncate table names that are long",
        "Begin by selecting a file",
        "SELECT",
        "SELECT * FROM",
        "UPDATE",
        "with open(file) as (f, g)",
        "Explain the update",
    ] {
        assert!(!looks_like_sql(text), "taken for SQL: {text}");
        assert_eq!(said(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn endless_texts_end() {
    let chain = format!("SELECT id FROM t WHERE a = 1{}", " OR a = 1".repeat(20_000));
    assert_eq!(said(&chain), ["r t.a", "r t.id"]);
    let nested = format!("SELECT {}1{} FROM t", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(said(&nested), ["r t.*"]);
    let rows = format!("INSERT INTO t (a) VALUES (1){}", ", (1)".repeat(30_000));
    assert_eq!(said(&rows), ["i t.a"]);
    for text in ["", "'", "SELECT '", "SELECT \"", "SELECT {", "UPDATE é SET é = 1", "$$", "%", "("]
    {
        let _ = accesses(text);
    }
}
