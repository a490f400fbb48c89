//! How people put it.

use crate::world::world;
use qf_query::{Options, ask};

/// `intent` and the questions that must be read so.
const PHRASINGS: &[(&str, &[&str])] = &[
    (
        "writers",
        &[
            "functions that update user balance",
            "who mutates the user's balance?",
            "what modifies user.balance",
            "balance updates",
            "user balance updates",
            "which functions write User.balance?",
            "what writes to User.balance",
            "show me all code that changes the balance of a user",
            "find everything that sets user.balance",
            "who is updating the user balance",
            "where is User.balance set?",
            "where does balance get updated",
            "writers of User.balance",
            "list all methods which modify a user's balance in this codebase",
            "please tell me which services update users.balance",
            "code that increments balance",
            "functions updating the user balance",
            "modifications of User.balance across services",
            "how does the user balance change",
            "who writes the users table",
            "Update user balance",
            "functions to modify the user balance",
        ],
    ),
    (
        "callers",
        &[
            "who calls Ledger.reverse",
            "callers of Ledger.reverse",
            "what calls refund_order?",
            "which functions call reverse",
            "who uses Ledger",
            "where is Ledger.reverse called",
            "where do we use refund_order",
            "show all usages of Settle",
            "find references to Ledger.reverse",
            "list the callers of the reverse method of Ledger",
            "functions that invoke Settle",
            "Settle callers",
            "is Settle used anywhere?",
            "who instantiates User",
            "everything that calls Ledger.apply",
            "calls to Settle",
        ],
    ),
    (
        "callees",
        &[
            "what does Settle call",
            "what does refund_order call?",
            "callees of Settle",
            "which functions does Settle call",
            "functions called by Settle",
            "what is called by refund_order",
            "calls made by Settle",
            "what functions are called from main",
            "what does Settle depend on",
        ],
    ),
    (
        "impact",
        &[
            "what breaks if I change User.balance",
            "what will break if we rename Ledger.apply?",
            "what would happen if I delete Settle",
            "impact of changing Ledger.reverse",
            "blast radius of Ledger",
            "what depends on Ledger",
            "is it safe to remove Settle?",
            "who depends on refund_order",
            "what is affected by Ledger.apply",
            "if I change Settle what breaks",
            "what changes if I change Settle",
            "which services are affected by a change to User.balance",
            "what is the impact of removing Ledger.reverse",
        ],
    ),
    (
        "path",
        &[
            "path from RefundButton to Ledger.reverse",
            "how does RefundButton reach Ledger.reverse",
            "how does requestRefund get to Ledger.reverse?",
            "shortest path from main to Settle",
            "call chain from RefundButton to refund_order",
            "is main connected to Settle",
            "does main call Settle",
            "how are RefundButton and refund_order connected",
            "connection between RefundButton and Ledger.reverse",
            "from RefundButton to Ledger.reverse",
        ],
    ),
    (
        "tests",
        &[
            "tests of Ledger.reverse",
            "which tests cover Ledger.reverse",
            "tests for refund_order",
            "what tests Ledger.reverse",
            "is Ledger.reverse tested?",
            "show me the unit tests for Ledger",
            "which tests should I run if I change Ledger.reverse",
            "are there tests for refund_order",
            "Ledger tests",
            "how is refund_order tested",
            "test coverage of Ledger.reverse",
        ],
    ),
    (
        "where",
        &[
            "where is Ledger",
            "where is Ledger.apply defined?",
            "definition of Settle",
            "Ledger",
            "Ledger.apply",
            "show me Ledger.apply",
            "find Settle",
            "go to refund_order",
            "which file defines Settle",
            "where's the Ledger class",
            "where do we define refund_order",
        ],
    ),
    (
        "search",
        &[
            "how are refunds processed after settlement",
            "retry logic with exponential backoff",
            "path extractor for capturing parameters",
            "where do we handle authentication of web requests",
            "how to write integration tests for the gateway",
            "money moves between two accounts",
            "authentication",
            "what happens during start up",
        ],
    ),
];

#[test]
fn questions_are_read_as_meant() {
    let world = world();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (intent, questions) in PHRASINGS {
        for question in *questions {
            count += 1;
            let answer = ask(&world.snapshot, question, &Options::default());
            if answer.intent != *intent || (*intent != "search" && answer.items.is_empty()) {
                wrong.push(format!(
                    "{question}: {} with {} items ({})",
                    answer.intent,
                    answer.items.len(),
                    answer.reading
                ));
            }
        }
    }
    assert!(count >= 60, "{count} phrasings");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
