//! What names and phrases are taken to mean.

use crate::fixture::{Opened, World};
use crate::{noted, of_role, roles};
use qf_graph::EdgeKind::{Calls, Instantiates, Writes};
use qf_query::{Options, ask, callers, where_is, writers};

fn notices() -> Opened {
    World::default()
        .file(
            "mail/notice.java",
            "class NoticeType {\n  subject\n  NoticeType()\n  getSubject()\n}\nsend()\nmake()\n",
            &[
                "class NoticeType 1-5",
                "field NoticeType.subject 2",
                "constructor NoticeType.NoticeType 3",
                "method NoticeType.getSubject 4",
                "function send 6",
                "function make 7",
            ],
        )
        .file(
            "mail/user.java",
            "class User {\n  #decode()\n}\ngetUser()\nlogin() { getUser() }\n",
            &["class User 1-3", "method User.#decode 2", "function getUser 4", "function login 5"],
        )
        .edge("mail:send", Writes, "mail:NoticeType.subject", 6)
        .edge("mail:make", Instantiates, "mail:NoticeType", 7)
        .edge("mail:send", Calls, "mail:NoticeType.NoticeType", 6)
        .edge("mail:login", Calls, "mail:getUser", 5)
        .edge("mail:login", Calls, "mail:User.#decode", 5)
        .open()
}

#[test]
fn a_field_of_an_owner_is_the_field() {
    let world = notices();
    for question in [
        "who writes the subject of a NoticeType",
        "who writes the subject field of NoticeType",
        "who changes NoticeType's subject",
        "writers of the subject in NoticeType",
    ] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(roles(&answer), ["direct send"], "{question}: {}", answer.reading);
        assert!(answer.reading.contains("named subject"), "{question}: {}", answer.reading);
    }
    let answer = ask(&world.snapshot, "who writes the colour of a NoticeType", &Options::default());
    assert!(noted(&answer, "`NoticeType` has no `colour`"), "{:?}", answer.notes);
}

#[test]
fn verbs_are_part_of_a_method_s_name() {
    let world = notices();
    for question in ["who calls the get user method", "callers of the get user function"] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(of_role(&answer, "caller"), ["login"], "{question}: {}", answer.reading);
    }
    let answer = ask(&world.snapshot, "who calls the get subject method", &Options::default());
    assert!(answer.reading.contains("NoticeType.getSubject"), "{}", answer.reading);
}

#[test]
fn private_names_need_no_mark() {
    let world = notices();
    let options = Options::default();
    for name in ["decode", "#decode", "User.decode", "User.#decode", "User#decode"] {
        assert_eq!(
            of_role(&callers(&world.snapshot, name, &options), "caller"),
            ["login"],
            "{name}"
        );
    }
    let answer = where_is(&world.snapshot, "decdoe", &options);
    assert_eq!(answer.nearest[0].name, "User.#decode");
}

#[test]
fn an_exact_name_takes_nothing_that_only_ends_so() {
    let world = World::default()
        .file(
            "redis/ping.py",
            "class Ping\n  msg\nclass Command\n  class Ping\n    msg\nput()\nset()\n",
            &[
                "class Ping 1-2",
                "field Ping.msg 2",
                "class Command 3-5",
                "class Command.Ping 4-5",
                "field Command.Ping.msg 5",
                "function put 6",
                "function set 7",
            ],
        )
        .edge("redis:put", Writes, "redis:Ping.msg", 6)
        .edge("redis:set", Writes, "redis:Command.Ping.msg", 7)
        .open();
    let answer = writers(&world.snapshot, "Ping.msg", &Options::default());
    assert_eq!(of_role(&answer, "direct"), ["put"]);
    assert!(noted(&answer, "Not meant: Command.Ping.msg"), "{:?}", answer.notes);
    assert!(answer.meanings.is_empty());
    let world = notices();
    let answer = callers(&world.snapshot, "NoticeType.NoticeType", &Options::default());
    assert_eq!(of_role(&answer, "caller"), ["send"]);
}

#[test]
fn the_method_of_a_route_is_no_name_of_a_table() {
    use qf_graph::{Channel, EdgeKind::Reaches};
    let world = World::default()
        .file("blog/blog.py", "insert()\nPost\n", &["function insert 1", "class Post 2"])
        .link("blog:insert", Reaches, "blog:Post", 1, (Channel::Table, "post"))
        .open();
    let answer = callers(&world.snapshot, "POST /nothing/here", &Options::default());
    assert_eq!(answer.reading, "No route `POST /nothing/here` is indexed");
}

#[test]
fn an_unknown_route_is_not_taken_for_words() {
    let world = crate::world::world();
    let options = Options::default();
    for question in [
        "who calls POST /api/refund",
        "POST /api/refund",
        "callers of /refund",
        "what breaks if I change DELETE /api/refunds",
    ] {
        let answer = ask(&world.snapshot, question, &options);
        assert!(answer.is_empty(), "{question}: {:?}", roles(&answer));
        assert!(answer.reading.starts_with("No route `"), "{question}: {}", answer.reading);
        assert_eq!(answer.nearest[0].name, "POST /api/refunds", "{question}");
    }
    let answer = callers(&world.snapshot, "GET /ledger", &options);
    assert_eq!(answer.reading, "No route `GET /ledger` is indexed");
    let answer = ask(&world.snapshot, "POST /api/refunds", &options);
    assert_eq!(roles(&answer), ["definition refund_order"]);
    assert_eq!(answer.reading, "where `POST /api/refunds` is defined");
    let known = callers(&world.snapshot, "POST /api/refunds", &options);
    assert!(noted(&known, "Served at billing/routes.py:"), "{:?}", known.notes);
}

#[test]
fn a_name_of_code_is_found_as_a_whole_or_not_at_all() {
    let world = notices();
    let answer = callers(&world.snapshot, "NoticeType.getColdSubject", &Options::default());
    assert!(answer.is_empty(), "{}", answer.reading);
    assert_eq!(answer.nearest[0].name, "NoticeType.getSubject");
}
