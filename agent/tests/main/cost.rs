//! The cost ledger: exact figures, budgets that hold under everybody at once, and what a crash
//! leaves.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use qf_agent::ledger::cost::budget::{Amount, Budget, Scope};
use qf_agent::ledger::cost::error::CostError;
use qf_agent::ledger::cost::files::Places;
use qf_agent::ledger::cost::money::Money;
use qf_agent::ledger::cost::prices::{Prices, Unpriced};
use qf_agent::ledger::cost::report::{By, Filter, Report, report};
use qf_agent::ledger::cost::reported::Spent;
use qf_agent::ledger::cost::usage::{MOST, Usage, UsageError};
use qf_agent::ledger::cost::{Call, Ledger};
use qf_graph::store::Home;
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// `whole` has a price of every kind; of `unit`, a hundred thousand tokens cost ten cents.
const PRICES: &str = r#"
date = "2026-11-01"

[[model]]
name = "whole"
aliases = ["other"]
provider = "somebody"
input = "3"
cache_read = "0.3"
cache_write = "3.75"
cache_write_long = "6"
output = "15"
batch = "0.5"

[[model.tier]]
above = 200000
input = "6"
cache_read = "0.6"
cache_write = "7.5"
cache_write_long = "12"
output = "22.5"

[[model]]
name = "unit"
input = "1"
output = "1"
"#;

/// A day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;

fn home() -> (TempDir, Home) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    std::fs::write(folder.path().join("prices.toml"), PRICES).expect("it is ours");
    (folder, home)
}

fn ledger(home: &Home) -> Ledger {
    Ledger::open(home).expect("a ledger")
}

fn money(text: &str) -> Money {
    Money::parse(text).expect("an amount")
}

fn call(model: &str) -> Call {
    Call { project: "shop".to_owned(), model: model.to_owned(), ..Call::default() }
}

/// Ten cents of `unit`.
fn ten_cents() -> Usage {
    Usage { input: 100_000, ..Usage::default() }
}

fn limit(home: &Home, scope: Scope, usd: Option<&str>, tokens: Option<u64>) {
    let budget = Budget { scope, usd: usd.map(money), tokens };
    ledger(home).set_budget(budget).expect("it is written");
}

fn whole(home: &Home, by: By) -> Report {
    report(home, by, &Filter::default()).expect("it is read")
}

#[track_caller]
fn costs(prices: &Prices, model: &str, usage: Usage, batch: bool, wanted: &str) {
    let charge = prices.charge(model, &usage, batch).expect("a price");
    assert_eq!(charge.money.to_string(), wanted, "{model} {usage:?} batch: {batch}");
}

#[test]
fn costs_are_exact() {
    let own = Prices::of_text(PRICES).expect("prices");
    let usage = Usage {
        input: 1000,
        cache_read: 2000,
        cache_write: 300,
        cache_write_long: 40,
        output: 500,
    };
    // 1000·3 + 2000·0.3 + 300·3.75 + 40·6 + 500·15 = 3000 + 600 + 1125 + 240 + 7500 = 12465
    // millionths.
    costs(&own, "whole", usage, false, "0.012465");
    costs(&own, "somebody/other", usage, false, "0.012465");
    costs(&own, "whole-2026-01-31", usage, false, "0.012465");
    costs(&own, "whole[1m]", usage, false, "0.012465");
    costs(&own, "whole", usage, true, "0.0062325");
    // One token of the cheapest class in a batch: 0.15 millionths.
    let one = Usage { cache_read: 1, ..Usage::default() };
    costs(&own, "whole", one, true, "0.00000015");
    costs(&own, "whole", Usage::default(), false, "0");

    // A prompt of 200000 is not above it:
    // 100000·3 + 99999·0.3 + 1·3.75 + 10·15 = 300000 + 29999.7 + 3.75 + 150 = 330153.45 millionths.
    let at = Usage {
        input: 100_000,
        cache_read: 99_999,
        cache_write: 1,
        cache_write_long: 0,
        output: 10,
    };
    costs(&own, "whole", at, false, "0.33015345");
    // One more is, and then all of it costs more:
    // 100000·6 + 99999·0.6 + 2·7.5 + 10·22.5 = 600000 + 59999.4 + 15 + 225 = 660239.4 millionths.
    let above = Usage { cache_write: 2, ..at };
    costs(&own, "whole", above, false, "0.6602394");
    costs(&own, "whole", above, true, "0.3301197");
    // What is written does not make a prompt long.
    let talkative = Usage { output: 200_001, ..Usage::default() };
    costs(&own, "whole", talkative, false, "3.000015");
}

#[test]
fn the_built_in_table_is_read_and_dated() {
    let folder = tempfile::tempdir().expect("a folder");
    let prices = Prices::load(&Home::new(folder.path())).expect("the table is right");
    let table = &prices.tables()[0];
    assert!(table.models.len() > 40 && table.dated().starts_with("2026-11-"), "{}", table.dated());
    for model in &table.models {
        assert!(model.tiers.iter().all(|tier| tier.rates.input.is_some()), "{}", model.name);
        let (found, _) = prices.find(&model.name).expect("it is found by its name");
        assert_eq!(found.name, model.name);
    }
    let usage = Usage {
        input: 1000,
        cache_read: 2000,
        cache_write: 300,
        cache_write_long: 40,
        output: 500,
    };
    costs(&prices, "claude-sonnet-4-5-20250929", usage, false, "0.012465");
    // Long and in a batch: 272001·2.5 + 1000·11.25 = 680002.5 + 11250 = 691252.5 millionths.
    let long = Usage { input: 272_001, output: 1000, ..Usage::default() };
    costs(&prices, "gpt-5.4-2026-03-05", long, true, "0.6912525");
    // Cached tokens are no cheaper in its batches: 1000·0.625 + 1000·0.125 + 100·5 = 1250
    // millionths.
    let cached = Usage { input: 1000, cache_read: 1000, output: 100, ..Usage::default() };
    costs(&prices, "gemini-2.5-pro", cached, true, "0.00125");
}

#[test]
fn what_is_not_known_is_not_free() {
    let own = Prices::of_text(PRICES).expect("prices");
    let unpriced = |model: &str, usage: Usage, batch: bool| {
        own.charge(model, &usage, batch).expect_err("no price")
    };
    let (cached, plain) = (Usage { cache_read: 1, ..Usage::default() }, ten_cents());
    let class = Unpriced::Class { model: "unit".to_owned(), class: "cache_read" };
    assert_eq!(unpriced("unit", cached, false), class);
    assert_eq!(unpriced("unit", plain, true), Unpriced::Batch { model: "unit".to_owned() });
    for model in ["unit-mini", "unit-2", "elsewhere/unit", "", "uni"] {
        let wanted = Unpriced::Model { model: model.to_owned() };
        assert_eq!(unpriced(model, plain, false), wanted);
    }
    for (text, why) in [
        ("[[model]]\nname = \"x\"\ninput = \"-1\"", "no amount"),
        ("[[model]]\nname = \"x\"\ninput = \"0.0000000001\"", "more than 9 decimals"),
        ("[[model]]\nname = \"x\"\ninptu = \"1\"", "unknown field"),
        ("[[model]]\nname = \"x\"\ninput = \"0.000000001\"\nbatch = \"0.5\"", "whole number"),
    ] {
        let error = Prices::of_text(text).expect_err("it is wrong").to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn the_users_prices_win_model_by_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let text = "date = \"2027-01-01\"\n\
                [[model]]\nname = \"gpt-4.1\"\ninput = \"1\"\noutput = \"2\"\n\
                [[model]]\nname = \"mine\"\ninput = \"0\"\noutput = \"0\"\n";
    std::fs::write(folder.path().join("prices.toml"), text).expect("it is ours");
    let ledger = ledger(&home);
    let usage = Usage { input: 1_000_000, output: 1_000_000, ..Usage::default() };
    let charge = |model: &str| ledger.prices().charge(model, &usage, false).expect("a price");
    assert_eq!(charge("gpt-4.1").money, money("3"));
    assert_eq!(charge("gpt-4.1").date, "2027-01-01");
    assert_eq!(charge("mine").money, Money::ZERO);
    for name in ["openai/gpt-4.1", "gpt-4.1-2025-04-14", "openai/gpt-4.1-2025-04-14"] {
        assert_eq!(charge(name).money, money("3"), "{name}");
    }
    // 2 + 8, as it was.
    assert_eq!(charge("o3").money, money("10"));
    assert!(charge("o3").date.starts_with("2026-"));
    // What the user does not say is not taken from the other table.
    let cached = Usage { cache_read: 1, ..Usage::default() };
    assert!(ledger.prices().charge("gpt-4.1", &cached, false).is_err());
}

#[test]
fn the_users_price_of_a_model_holds_under_all_its_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let built_in = Prices::load(&home).expect("the table is right");
    let models = &built_in.tables()[0].models;
    let known = models.iter().find(|model| !model.aliases.is_empty()).expect("one has two names");
    let text = format!("[[model]]\nname = {:?}\ninput = \"7\"\n", known.name);
    std::fs::write(folder.path().join("prices.toml"), text).expect("it is ours");
    let prices = Prices::load(&home).expect("both are right");
    for alias in &known.aliases {
        let (_, table) = prices.find(alias).expect("it is known");
        assert!(table.own, "{alias}");
    }
}

#[test]
fn servers_count_differently_and_mean_the_same() {
    let wanted =
        Usage { input: 100, cache_read: 900, cache_write: 50, cache_write_long: 0, output: 20 };
    for said in [
        json!({ "input_tokens": 100, "cache_read_input_tokens": 900,
            "cache_creation_input_tokens": 50, "output_tokens": 20 }),
        json!({ "usage": { "input_tokens": 100, "cache_read_input_tokens": 900,
            "cache_creation_input_tokens": 50, "output_tokens": 20, "cache_creation": {
                "ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 0 } } }),
        json!({ "prompt_tokens": 1050, "completion_tokens": 20, "total_tokens": 1070,
            "prompt_tokens_details": { "cached_tokens": 900, "cache_write_tokens": 50 } }),
        json!({ "usage": { "input_tokens": 1050, "output_tokens": 20, "total_tokens": 1070,
            "input_tokens_details": { "cached_tokens": 900, "cache_write_tokens": 50 } } }),
        json!({ "input_tokens": 1050, "cached_input_tokens": 900,
            "cache_write_input_tokens": 50, "output_tokens": 20 }),
        json!({ "gen_ai.usage.input_tokens": 1050, "gen_ai.usage.cache_read.input_tokens": 900,
            "gen_ai.usage.cache_creation.input_tokens": 50, "gen_ai.usage.output_tokens": 20 }),
    ] {
        assert_eq!(Usage::of_server(&said), Ok(Some(wanted)), "{said}");
    }
    let gemini = json!({ "usageMetadata": { "promptTokenCount": 1000,
        "cachedContentTokenCount": 900, "candidatesTokenCount": 15, "thoughtsTokenCount": 5,
        "totalTokenCount": 1020 } });
    let read = Usage { cache_write: 0, ..wanted };
    assert_eq!(Usage::of_server(&gemini), Ok(Some(read)));
    let deepseek = json!({ "prompt_tokens": 1000, "prompt_cache_hit_tokens": 900,
        "prompt_cache_miss_tokens": 100, "completion_tokens": 20 });
    assert_eq!(Usage::of_server(&deepseek), Ok(Some(read)));
    // What was thought is in the sum alone.
    let thought = json!({ "prompt_tokens": 1000, "completion_tokens": 5, "total_tokens": 1020,
        "prompt_tokens_details": { "cached_tokens": 900 } });
    assert_eq!(Usage::of_server(&thought), Ok(Some(read)));
    // Of fifty that were put into caches, thirty are for an hour.
    let hour = json!({ "input_tokens": 100, "cache_read_input_tokens": 900,
        "cache_creation_input_tokens": 50, "output_tokens": 20, "cache_creation": {
            "ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30 } });
    let split = Usage { cache_write: 20, cache_write_long: 30, ..wanted };
    assert_eq!(Usage::of_server(&hour), Ok(Some(split)));
    let null = json!({ "usage": null });
    for nothing in [json!(null), json!(7), json!([]), json!({ "id": "x" }), null] {
        assert_eq!(Usage::of_server(&nothing), Ok(None), "{nothing}");
    }
}

#[test]
fn absurd_numbers_are_errors() {
    let error = |said: Value| Usage::of_server(&said).expect_err("it is absurd");
    let more_cached =
        json!({ "prompt_tokens": 10, "prompt_tokens_details": { "cached_tokens": 11 } });
    assert!(matches!(error(more_cached), UsageError::Contradiction { part: 11, whole: 10, .. }));
    let more_long = json!({ "input_tokens": 1, "cache_creation_input_tokens": 1,
        "cache_creation": { "ephemeral_1h_input_tokens": 2 } });
    assert!(matches!(error(more_long), UsageError::Contradiction { .. }));
    for number in [json!(-1), json!(1.5), json!("12"), json!([]), json!(1e300)] {
        let said = json!({ "input_tokens": number });
        assert!(matches!(error(said.clone()), UsageError::NotANumber { .. }), "{said}");
    }
    for number in [MOST + 1, u64::MAX] {
        let said = json!({ "input_tokens": number, "output_tokens": u64::MAX });
        assert!(matches!(error(said), UsageError::TooMany { class: "input", .. }));
    }
    let (_folder, home) = home();
    let most = Usage { input: u64::MAX, output: u64::MAX, ..Usage::default() };
    assert!(matches!(ledger(&home).reserve(call("unit"), most), Err(CostError::Usage(_))));
}

#[track_caller]
fn spent_of(text: &str) -> Spent {
    Spent::of_text(text).expect("it is read").expect("it says so")
}

#[test]
fn agents_say_what_they_used() {
    let claude = r#"{"type":"result","subtype":"success","result":"done","total_cost_usd":0.0021,
        "usage":{"input_tokens":10,"cache_read_input_tokens":2000,"cache_creation_input_tokens":300,
            "cache_creation":{"ephemeral_1h_input_tokens":300},"output_tokens":50},
        "modelUsage":{"whole":{"inputTokens":10,"outputTokens":50,"cacheReadInputTokens":2000,
                "cacheCreationInputTokens":300,"costUSD":0.02},
            "unit":{"inputTokens":7,"outputTokens":3,"cacheReadInputTokens":0,
                "cacheCreationInputTokens":0,"costUSD":0.0017}}}"#;
    let spent = Spent::of_text(claude).expect("it is read").expect("it says so");
    assert_eq!(spent.models.len(), 2);
    assert_eq!(spent.usage.total(), 2360 + 10);
    assert_eq!(spent.reported, Some(money("0.0021")));
    // Only one model: then it is known which writes are for an hour.
    let (one, _) = claude.split_once(",\n            \"unit\"").expect("there are two");
    let spent = Spent::of_text(&format!("{one}}}}}")).expect("it is read").expect("it says so");
    assert_eq!(spent.models["whole"].cache_write_long, 300);

    let turn = |read: u64, cached: u64, written: u64| {
        let usage = json!({ "input_tokens": read, "cached_input_tokens": cached,
            "output_tokens": written });
        json!({ "type": "turn.completed", "usage": usage }).to_string()
    };
    let (first, last) = (turn(9, 1, 1), turn(90, 40, 7));
    let codex = format!("some log\n{first}\n{last}\n{{\"type\":\"bye\"}}\nthe end");
    let spent = Spent::of_text(&codex).expect("it is read").expect("it says so");
    assert_eq!(spent.usage, Usage { input: 50, cache_read: 40, output: 7, ..Usage::default() });
    // A message in between is not the result.
    let message = r#"{"type":"assistant","usage":{"input_tokens":1}}"#;
    let empty = r#"{"type":"result","result":"done"}"#;
    for nothing in ["", "done", "{}", "[1, 2]", "{\"usage\":", message, empty] {
        assert_eq!(Spent::of_text(nothing), Ok(None), "{nothing}");
    }

    // Booked: 10·3 + 2000·0.3 + 300·3.75 + 50·15 = 2505 millionths, and 7 + 3 of the other.
    let (_folder, home) = home();
    let ledger = ledger(&home);
    let spent = Spent::of_text(claude).expect("it is read").expect("it says so");
    let reservation = ledger.reserve(call("whole"), ten_cents()).expect("it is allowed");
    let booked = reservation.commit(spent).expect("it is booked");
    assert_eq!(booked.money, Some(money("0.002515")));
    let by_model = whole(&home, By::Model);
    let rows: Vec<_> = by_model.rows.iter().map(|row| (row.key.as_deref(), row.usd)).collect();
    assert_eq!(rows, [(Some("unit"), money("0.00001")), (Some("whole"), money("0.002505"))]);
    // What it says that it cost is more than that: then a budget holds that.
    let more = Spent { reported: Some(money("0.0217")), ..spent_of(claude) };
    let reservation = ledger.reserve(call("whole"), ten_cents()).expect("it is allowed");
    assert_eq!(reservation.commit(more).expect("it is booked").money, Some(money("0.0217")));
    // A model without a price: what the agent says of money counts.
    let reservation = ledger.reserve(call("new"), ten_cents()).expect("it is allowed");
    let spent = Spent { reported: Some(money("0.5")), ..Spent::from(ten_cents()) };
    assert_eq!(reservation.commit(spent).expect("it is booked").money, Some(money("0.5")));
}

#[test]
fn a_call_is_reserved_then_committed_or_given_back() {
    let (folder, home) = home();
    let ledger = ledger(&home);
    limit(&home, Scope::Project("shop".to_owned()), Some("0.25"), None);
    let first = ledger.reserve(call("unit"), ten_cents()).expect("it is allowed");
    let second = ledger.reserve(call("unit"), ten_cents()).expect("it is allowed");
    let refused = ledger.reserve(call("unit"), ten_cents()).map(|_| ()).expect_err("too much");
    let CostError::Budget(refusal) = &refused else { panic!("{refused}") };
    assert_eq!(refusal.scope, Scope::Project("shop".to_owned()));
    assert_eq!(refusal.limit, Amount::Money(money("0.25")));
    assert_eq!(refusal.spent, Amount::Money(Money::ZERO));
    assert_eq!(refusal.reserved, Amount::Money(money("0.2")));
    assert_eq!(refusal.asked, Amount::Money(money("0.1")));
    assert_eq!(
        refused.to_string(),
        "the budget of project `shop`, 0.25 USD, would be passed: 0 USD spent, 0.2 USD reserved, \
         0.1 USD asked for"
    );
    // Another project has its own.
    let elsewhere = Call { project: "bank".to_owned(), ..call("unit") };
    ledger.reserve(elsewhere, ten_cents()).expect("it is allowed").release().expect("released");
    // What was not taken is free again: 0.02 + 0.1 + 0.1 is within it, and exactly the limit is.
    let booked = first.commit(Usage { input: 20_000, ..Usage::default() }).expect("it is booked");
    assert_eq!(booked.money, Some(money("0.02")));
    let third = Usage { input: 130_000, ..Usage::default() };
    let third = ledger.reserve(call("unit"), third).expect("exactly the limit");
    let id = second.id().to_owned();
    second.release().expect("it is released");
    assert!(matches!(ledger.release(&id), Err(CostError::NotOpen { .. })));
    assert!(matches!(ledger.commit(&id, &Spent::default()), Err(CostError::NotOpen { .. })));
    // A call that took more than was reserved is booked as it was, and the next is refused.
    third.commit(Usage { input: 900_000, ..Usage::default() }).expect("it is booked");
    let little = Usage { input: 1, ..Usage::default() };
    assert!(matches!(ledger.reserve(call("unit"), little), Err(CostError::Budget(_))));
    let standing = &ledger.budgets().expect("they are read")[0];
    assert_eq!((standing.spent.money, standing.reserved.money), (money("0.92"), Money::ZERO));
    for name in ["cost/ledger.jsonl", "cost/budgets.toml", "cost/lock"] {
        let mode = folder.path().join(name).metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn budgets_of_plans_days_and_tokens() {
    let (_folder, home) = home();
    let ledger = ledger(&home);
    limit(&home, Scope::Day, Some("0.3"), None);
    limit(&home, Scope::ProjectDay("shop".to_owned()), None, Some(150_000));
    limit(&home, Scope::Plan("refund".to_owned()), Some("0.1"), Some(1_000_000));
    let reserve = |project: &str, plan: Option<&str>, day: i64| {
        let (project, plan) = (project.to_owned(), plan.map(str::to_owned));
        let call = Call { project, plan, ..call("unit") };
        match ledger.reserve_at(call, ten_cents(), day * DAY + 5) {
            Ok(reservation) => {
                reservation.commit(ten_cents()).expect("it is booked");
                None
            }
            Err(CostError::Budget(refusal)) => Some(refusal.scope),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(reserve("shop", Some("refund"), 1), None);
    assert_eq!(reserve("shop", None, 1), Some(Scope::ProjectDay("shop".to_owned())));
    assert_eq!(reserve("bank", Some("refund"), 1), Some(Scope::Plan("refund".to_owned())));
    assert_eq!(reserve("bank", None, 1), None);
    assert_eq!(reserve("bank", None, 1), None);
    assert_eq!(reserve("bank", None, 1), Some(Scope::Day));
    // Tomorrow all but the plan begins anew.
    assert_eq!(reserve("shop", None, 2), None);
    assert_eq!(reserve("shop", Some("refund"), 2), Some(Scope::ProjectDay("shop".to_owned())));
    assert_eq!(reserve("bank", Some("refund"), 2), Some(Scope::Plan("refund".to_owned())));
    assert!(ledger.remove_budget(&Scope::Day).expect("it is written"));
    assert!(!ledger.remove_budget(&Scope::Day).expect("nothing is written"));
    assert_eq!(reserve("bank", None, 1), None);
    // A file that cannot be read is no absence of limits.
    let wrong = "[[budget]]\nusd = \"1\"\nplan = \"x\"\nproject = \"y\"\n";
    std::fs::write(Places::of(&home).budgets, wrong).expect("it is ours");
    assert!(matches!(ledger.reserve(call("unit"), ten_cents()), Err(CostError::Table { .. })));
}

#[test]
fn what_has_no_price_is_counted_and_refused_by_money() {
    let (_folder, home) = home();
    let ledger = ledger(&home);
    let reservation = ledger.reserve(call("new"), ten_cents()).expect("there is no budget");
    let booked = reservation.commit(ten_cents()).expect("it is booked");
    assert_eq!((booked.money, booked.usage.total()), (None, 100_000));
    assert_eq!(booked.unpriced, Some(Unpriced::Model { model: "new".to_owned() }));
    let total = whole(&home, By::Project).total;
    assert_eq!((total.calls, total.unpriced, total.usd), (1, 1, Money::ZERO));
    limit(&home, Scope::Everything, None, Some(250_000));
    let reservation = ledger.reserve(call("new"), ten_cents()).expect("tokens are counted");
    reservation.release().expect("it is released");
    limit(&home, Scope::Everything, Some("1000"), None);
    let refused = ledger.reserve(call("new"), ten_cents()).map(|_| ()).expect_err("no price");
    assert!(matches!(refused, CostError::Unpriced { scope: Scope::Everything, .. }), "{refused}");
    // The call was priced, what it took was not: it counts as it was expected.
    let reservation = ledger.reserve(call("unit"), ten_cents()).expect("it is allowed");
    let cached = Usage { cache_read: 1, ..Usage::default() };
    assert_eq!(reservation.commit(cached).expect("it is booked").money, None);
    assert_eq!(ledger.budgets().expect("they are read")[0].spent.money, money("0.1"));
}

/// Everybody asks for ten cents until refused; says how often it was allowed.
fn rush(home: &Home, ledgers: &[Ledger], callers: usize, commit: bool) -> usize {
    let (allowed, barrier) = (AtomicUsize::new(0), Barrier::new(callers));
    std::thread::scope(|scope| {
        for number in 0..callers {
            let ledger = &ledgers[number % ledgers.len()];
            let (allowed, barrier) = (&allowed, &barrier);
            scope.spawn(move || {
                barrier.wait();
                loop {
                    match ledger.reserve(call("unit"), ten_cents()) {
                        Ok(reservation) if commit && number.is_multiple_of(2) => {
                            reservation.commit(ten_cents()).expect("it is booked");
                        }
                        Ok(_) => {}
                        Err(CostError::Budget(_)) => return,
                        Err(error) => panic!("{error}"),
                    }
                    allowed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let found = whole(home, By::Project);
    let total = found.total.usd.plus(found.reserved().money);
    assert!(total <= money("1.23") && total > money("1.13"), "{total}");
    allowed.into_inner()
}

#[test]
fn twenty_callers_never_pass_a_budget_and_use_all_of_it() {
    for (handles, commit) in [(1, false), (1, true), (20, false), (20, true)] {
        let (_folder, home) = home();
        limit(&home, Scope::Project("shop".to_owned()), Some("1.23"), None);
        let ledgers: Vec<Ledger> = (0..handles).map(|_| ledger(&home)).collect();
        assert_eq!(rush(&home, &ledgers, 20, commit), 12, "{handles} handles, commits: {commit}");
    }
}

#[test]
fn a_torn_end_is_cut_off_and_other_damage_is_named() {
    let (_folder, home) = home();
    let path = Places::of(&home).ledger;
    for _ in 0..2 {
        let ledger = ledger(&home);
        let reservation = ledger.reserve(call("unit"), ten_cents()).expect("it is allowed");
        reservation.commit(ten_cents()).expect("it is booked");
    }
    let before = std::fs::read(&path).expect("it is read");
    let open = ledger(&home);
    open.reserve(call("unit"), ten_cents()).expect("it is allowed").release().expect("released");
    for torn in ["{", "{\"reserved\":{\"id\":\"c9\"", "\u{0}\u{0}"] {
        std::fs::write(&path, [&before[..], torn.as_bytes()].concat()).expect("it is ours");
        // Who only reads leaves it; who adds cuts it off, whether it read the file before or not.
        assert_eq!(whole(&home, By::Project).total.calls, 2);
        for ledger in [&ledger(&home), &open] {
            let reservation = ledger.reserve(call("unit"), ten_cents()).expect("it is allowed");
            reservation.release().expect("it is released");
        }
        let after = std::fs::read(&path).expect("it is read");
        assert!(after.starts_with(&before) && after.ends_with(b"\n"));
        assert_eq!(after.split(|byte| *byte == b'\n').count(), 9);
        let total = whole(&home, By::Project).total;
        assert_eq!((total.calls, total.usd), (2, money("0.2")));
    }
    let text = String::from_utf8(before).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    for (wrong, number) in [
        (format!("{}\n{{}}\n{}\n", lines[0], lines[1]), 2),
        (format!("{}\n{}\n{}\n", lines[0], lines[1], lines[1]), 3),
        (format!("\n{text}"), 1),
    ] {
        std::fs::write(&path, &wrong).expect("it is ours");
        let refused = ledger(&home).reserve(call("unit"), ten_cents()).map(|_| ());
        let unread = report(&home, By::Day, &Filter::default()).map(|_| ());
        for result in [refused, unread] {
            let Err(CostError::Damaged { line, .. }) = result else { panic!("{wrong}") };
            assert_eq!(line, number, "{wrong}");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("it is read"), wrong, "it is evidence");
    }
}

#[test]
fn a_last_line_that_only_has_no_end_is_kept() {
    let (_folder, home) = home();
    let path = Places::of(&home).ledger;
    let open = ledger(&home);
    let kept = open.reserve(call("unit"), ten_cents()).expect("it is allowed").id().to_owned();
    let before = std::fs::read(&path).expect("it is read");
    let whole_line = before.strip_suffix(b"\n").expect("it has an end");
    std::fs::write(&path, whole_line).expect("it is ours");
    assert_eq!(whole(&home, By::Project).open.len(), 1, "who only reads counts it");
    let next = ledger(&home);
    next.commit(&kept, &Spent::from(ten_cents())).expect("it is open");
    let after = std::fs::read(&path).expect("it is read");
    assert!(after.starts_with(&before) && after.ends_with(b"\n"));
    assert_eq!(whole(&home, By::Project).total.usd, money("0.1"));
    // Not when it says what cannot be.
    let line = after.split_inclusive(|byte| *byte == b'\n').next_back().expect("a line");
    std::fs::write(&path, [&after[..], &line[..line.len() - 1]].concat()).expect("it is ours");
    let refused = ledger(&home).reserve(call("unit"), ten_cents()).map(|_| ());
    assert!(matches!(refused, Err(CostError::Damaged { line: 3, .. })), "{refused:?}");
    let unread = report(&home, By::Day, &Filter::default()).map(|_| ());
    assert!(matches!(unread, Err(CostError::Damaged { line: 3, .. })), "{unread:?}");
}

#[test]
fn a_reservation_that_is_made_twice_is_damage_for_everybody() {
    let (_folder, home) = home();
    let path = Places::of(&home).ledger;
    let _ = ledger(&home).reserve(call("unit"), ten_cents()).expect("it is allowed").id();
    let line = std::fs::read(&path).expect("it is read");
    std::fs::write(&path, [&line[..], &line[..]].concat()).expect("it is ours");
    let refused = ledger(&home).reserve(call("unit"), ten_cents()).map(|_| ());
    let unread = report(&home, By::Day, &Filter::default()).map(|_| ());
    for result in [refused, unread] {
        assert!(matches!(result, Err(CostError::Damaged { line: 2, .. })), "{result:?}");
    }
}

#[test]
fn no_name_is_given_twice_when_a_ledger_is_moved_away() {
    let (_folder, home) = home();
    let reserve = || {
        let ledger = ledger(&home);
        ledger.reserve(call("unit"), ten_cents()).expect("it is allowed").id().to_owned()
    };
    let first = reserve();
    std::fs::remove_file(Places::of(&home).ledger).expect("it is there");
    let second = reserve();
    assert_ne!(first, second);
    assert!(ledger(&home).release(&first).is_err(), "it is of the other ledger");
    ledger(&home).release(&second).expect("it is open");
}

#[test]
fn a_call_without_a_reservation_is_booked_whatever_the_budgets_say() {
    let (_folder, home) = home();
    limit(&home, Scope::Everything, Some("0.05"), None);
    let ledger = ledger(&home);
    let booked = ledger.book(call("unit"), &Spent::from(ten_cents())).expect("it was made");
    assert_eq!(booked.money, Some(money("0.1")));
    let found = whole(&home, By::Project);
    assert_eq!((found.total.calls, found.open.len()), (1, 0));
    assert!(matches!(ledger.reserve(call("unit"), ten_cents()), Err(CostError::Budget(_))));
}

#[test]
fn a_reservation_whose_process_is_gone_counts_until_a_person_settles_it() {
    let (_folder, home) = home();
    limit(&home, Scope::Everything, Some("0.15"), None);
    let mut ours = ledger(&home);
    // As one of this process's number, which began when the system did.
    let line = json!({ "reserved": { "id": "c1", "at": 5, "project": "shop", "model": "unit",
        "estimate": { "input": 100_000 }, "money": "0.1", "pid": std::process::id(),
        "started": 1 } });
    let mut file = std::fs::File::create(Places::of(&home).ledger).expect("it is ours");
    writeln!(file, "{line}").expect("it is written");
    assert!(matches!(ours.reserve(call("unit"), ten_cents()), Err(CostError::Budget(_))));
    let found = whole(&home, By::Project);
    assert!(found.open.len() == 1 && found.open[0].gone, "{found:?}");
    assert_eq!((found.total.calls, found.reserved().money), (0, money("0.1")));
    ours.release("c1").expect("it is open");
    let kept = ours.reserve(call("unit"), ten_cents()).expect("it is allowed");
    let id = kept.id().to_owned();
    assert!(id.starts_with("c2-"), "{id}");
    // Dropped, it stays reserved; its process is there.
    drop(kept);
    ours = ledger(&home);
    assert!(matches!(ours.reserve(call("unit"), ten_cents()), Err(CostError::Budget(_))));
    assert!(!whole(&home, By::Project).open[0].gone);
    ours.commit(&id, &Spent::from(ten_cents())).expect("it is open");
    assert_eq!(whole(&home, By::Project).total.usd, money("0.1"));
}

/// A call: project, plan, agent, model, day, tokens of each class, and whether it is committed.
type Drawn = (usize, usize, usize, usize, i64, [u64; 5], bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let tokens = prop::array::uniform5(prop_oneof![Just(0_u64), 0..1000_u64, 0..400_000_u64]);
    let call = (0..3_usize, 0..3_usize, 0..3_usize, 0..3_usize, 0..4_i64, tokens, any::<bool>());
    prop::collection::vec(call, 1..10)
}

fn parts_are_the_whole(calls: &[Drawn]) -> Result<(), TestCaseError> {
    let (_folder, home) = home();
    let ledger = ledger(&home);
    let (mut usage, mut cost, mut booked, mut unpriced) = (Usage::default(), Money::ZERO, 0, 0);
    for &(project, plan, agent, model, day, tokens, commit) in calls {
        let name = |of: &str, number: usize| (number > 0).then(|| format!("{of}{number}"));
        let call = Call {
            project: format!("project{project}"),
            plan: name("plan", plan),
            agent: name("agent", agent),
            model: ["whole", "unit", "new"][model].to_owned(),
            batch: model == 0 && day == 3,
            ..Call::default()
        };
        let [input, cache_read, cache_write, cache_write_long, output] = tokens;
        let used = Usage { input, cache_read, cache_write, cache_write_long, output };
        let charge = ledger.prices().charge(&call.model, &used, call.batch);
        let reservation = ledger.reserve_at(call, used, day * DAY).expect("there is no budget");
        if commit {
            reservation.commit(used).expect("it is booked");
            usage = usage.plus(&used);
            booked += 1;
            match charge {
                Ok(charge) => cost = cost.plus(charge.money),
                Err(_) => unpriced += 1,
            }
        }
    }
    for by in [By::Project, By::Plan, By::Agent, By::Model, By::Day] {
        let found = whole(&home, by);
        prop_assert_eq!(Usage::from(found.total.usage), usage);
        prop_assert_eq!((found.total.usd, found.total.calls), (cost, booked));
        prop_assert_eq!(found.total.unpriced, unpriced);
        prop_assert_eq!(found.rows.iter().map(|row| row.usd).sum::<Money>(), cost);
        prop_assert_eq!(found.rows.iter().map(|row| row.calls).sum::<u64>(), booked);
        prop_assert_eq!(found.rows.iter().map(|row| row.unpriced).sum::<u64>(), unpriced);
        let parts = found.rows.iter().map(|row| Usage::from(row.usage));
        prop_assert_eq!(parts.fold(Usage::default(), |sum, part| sum.plus(&part)), usage);
        prop_assert_eq!(found.open.len() as u64 + booked, calls.len() as u64);
        // Days are disjoint, and all of them are the whole.
        let days = (0..4).map(|day| {
            let filter = Filter { since: Some(day), until: Some(day), ..Filter::default() };
            report(&home, by, &filter).expect("it is read").total.usd
        });
        prop_assert_eq!(days.sum::<Money>(), cost);
    }
    Ok(())
}

#[test]
fn the_parts_of_every_table_are_the_whole() {
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&drawn(), |calls| parts_are_the_whole(&calls));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
