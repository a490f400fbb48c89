//! The world most tests ask: a billing service in Python, an orders service in Go whose store
//! writes the same table in SQL, a web front end that reaches billing over HTTP.

use crate::fixture::{Opened, World};
use qf_graph::EdgeKind::{
    Calls, Implements, Inherits, Instantiates, MapsTo, Overrides, Reaches, Reads, References,
    Writes,
};
use qf_graph::facts::{ReferenceFlags, Role};
use qf_graph::{Channel, Tier, Unresolved};

const MODELS: &str = "\
class User(Base):
    balance = column(int)
    status = column(str)
    last_seen = column(time)
    def __init__(self): self.balance = 0
class Wallet(Base):
    balance = column(int)
class Account(Base):
    balance = column(int)
class Base:
    id = column(int)
";
const LEDGER: &str = "\
class Ledger:
    def apply(self, entry):
        self.user.balance += entry.amount
    def reverse(self, entry):
        user.balance = entry.before
    def describe(self):
        return self.user.balance
class CappedLedger(Ledger):
    def apply(self, entry):
        super().apply(entry)
";
const ROUTES: &str = "\
def refund_order(order):
    ledger.reverse(order.entry)
def open_account(name):
    User()
def top_up(wallet):
    wallet.balance += 1
def forget(user):
    del user.status
app.route(refund_order)
";
const TESTS: &str = "\
def test_reverse():
    ledger.reverse(entry)
def test_refund():
    refund_order(order)
def helper():
    ledger.apply(entry)
";
const STORE: &str = "\
type Store interface {
    Charge(user int)
}
func (p *Postgres) Charge(user int) {
    exec(\"UPDATE users SET balance = 0\")
}
func (m *Memory) Charge(user int) {
}
func Settle(store Store) {
    store.Charge(1)
    publish(1)
}
func main() {
    Settle(open())
}
";
const WEB: &str = "\
export function requestRefund(order) {
  return post('/api/refunds')
}
export function RefundButton() {
  requestRefund(1)
}
";

/// Writes and opens it.
pub fn world() -> Opened {
    let none = ReferenceFlags::empty();
    World::default()
        .file(
            "billing/ledger.py",
            LEDGER,
            &[
                "class Ledger 1-7 exported",
                "method Ledger.apply 2-3 applies_an_entry",
                "method Ledger.reverse 4-5",
                "method Ledger.describe 6-7",
                "class CappedLedger 8-10",
                "method CappedLedger.apply 9-10",
            ],
        )
        .file(
            "billing/models.py",
            MODELS,
            &[
                "class User 1-5 exported",
                "field User.balance 2",
                "field User.status 3",
                "field User.last_seen 4",
                "constructor User.__init__ 5",
                "class Wallet 6-7 its_user_has_it",
                "field Wallet.balance 7",
                "class Account 8-9 money_of_a_user",
                "field Account.balance 9",
                "class Base 10-11",
                "field Base.id 11",
            ],
        )
        .file(
            "billing/routes.py",
            ROUTES,
            &[
                "function refund_order 1-2",
                "function open_account 3-4",
                "function top_up 5-6",
                "function forget 7-8",
            ],
        )
        .file(
            "billing/schema.sql",
            "CREATE TABLE users (\n  balance bigint\n);\n",
            &["table users 1-3", "column users.balance 2"],
        )
        .file(
            "billing/tests/test_ledger.py",
            TESTS,
            &[
                "function test_reverse 1-2 test",
                "function test_refund 3-4 test",
                "function helper 5-6",
            ],
        )
        .file(
            "orders/schema.sql",
            "CREATE TABLE users (balance bigint);\n",
            &["table users 1", "column users.balance 1"],
        )
        .file(
            "orders/store.go",
            STORE,
            &[
                "interface Store 1-3",
                "method Store.Charge 2 abstract",
                "method Postgres.Charge 4-6",
                "method Memory.Charge 7-8",
                "function Settle 9-12 exported",
                "function main 13-15",
            ],
        )
        .file(
            "web/refund.ts",
            WEB,
            &["function requestRefund 1-3 exported", "function RefundButton 4-6 exported"],
        )
        .edge("billing:Ledger.apply", Writes, "billing:User.balance", 3)
        .edge_with("billing:Ledger.reverse", Writes, "billing:User.balance", 5, Tier::Typed, none)
        .edge("billing:Ledger.describe", Reads, "billing:User.balance", 7)
        .edge_with(
            "billing:User.__init__",
            Writes,
            "billing:User.balance",
            5,
            Tier::Exact,
            ReferenceFlags::INITIALIZER,
        )
        .edge_with(
            "billing:open_account",
            Writes,
            "billing:User.balance",
            4,
            Tier::Exact,
            ReferenceFlags::INITIALIZER,
        )
        .edge("billing:top_up", Writes, "billing:Wallet.balance", 6)
        .edge_with(
            "billing:forget",
            Writes,
            "billing:User.status",
            8,
            Tier::Exact,
            ReferenceFlags::DELETE,
        )
        .edge("billing:Ledger.apply", Writes, "billing:User.last_seen", 3)
        .edge("billing:User.balance", MapsTo, "billing:users.balance", 2)
        .edge("billing:User", MapsTo, "billing:users", 1)
        .edge("billing:User", Inherits, "billing:Base", 1)
        .edge("billing:CappedLedger", Inherits, "billing:Ledger", 8)
        .edge("billing:CappedLedger.apply", Overrides, "billing:Ledger.apply", 9)
        .edge("billing:CappedLedger.apply", Calls, "billing:Ledger.apply", 10)
        .edge("billing:refund_order", Calls, "billing:Ledger.reverse", 2)
        .edge("billing:open_account", Calls, "billing:User.__init__", 4)
        .edge("billing:open_account", Instantiates, "billing:User", 4)
        .edge("billing:<module>", References, "billing:refund_order", 1)
        .edge("billing:test_reverse", Calls, "billing:Ledger.reverse", 2)
        .edge("billing:test_refund", Calls, "billing:refund_order", 4)
        .edge("billing:helper", Calls, "billing:Ledger.apply", 6)
        .edge("orders:Postgres.Charge", Writes, "orders:users.balance", 5)
        .edge("orders:Postgres.Charge", Overrides, "orders:Store.Charge", 4)
        .edge("orders:Memory.Charge", Overrides, "orders:Store.Charge", 7)
        .edge("orders:Settle", Calls, "orders:Store.Charge", 10)
        .edge("orders:main", Calls, "orders:Settle", 14)
        .edge_with("orders:main", Calls, "orders:Memory.Charge", 14, Tier::Maybe, none)
        .link(
            "orders:users.balance",
            MapsTo,
            "billing:users.balance",
            1,
            (Channel::Table, "users.balance"),
        )
        .link(
            "web:requestRefund",
            Reaches,
            "billing:refund_order",
            2,
            (Channel::Http, "POST /api/refunds"),
        )
        .edge("web:RefundButton", Calls, "web:requestRefund", 5)
        .unresolved("orders:Settle", Role::Call, "publish", Unresolved::External, "kafka.publish")
        .unresolved("billing:top_up", Role::Write, "balance", Unresolved::UnknownReceiver, "thing")
        .open()
}

/// A world with an interface whose implementations the index has told apart.
pub fn dispatched() -> Opened {
    let none = ReferenceFlags::empty();
    World::default()
        .file(
            "shop/a.java",
            "interface P { fee(); }\nclass A { fee() }\nclass B { fee() }\nrun() { p.fee() }\n",
            &[
                "interface P 1",
                "method P.fee 1 abstract",
                "class A 2",
                "method A.fee 2",
                "class B 3",
                "method B.fee 3",
                "function run 4",
            ],
        )
        .edge("shop:A", Implements, "shop:P", 2)
        .edge("shop:B", Implements, "shop:P", 3)
        .edge("shop:A.fee", Overrides, "shop:P.fee", 2)
        .edge("shop:B.fee", Overrides, "shop:P.fee", 3)
        .edge("shop:run", Calls, "shop:P.fee", 4)
        .edge_with("shop:run", Calls, "shop:A.fee", 4, Tier::Dispatch, none)
        .open()
}
