//! The HTTP model against a tiny server in this process.
#![cfg(feature = "http")]

use qf_graph::embed::Embedder;
use qf_models::http::{RemoteModel, Settings};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a request looked like.
#[derive(Clone, Default)]
struct Seen {
    line: String,
    authorization: Option<String>,
    model: String,
    texts: Vec<String>,
}

type Reply = Box<dyn Fn(usize, &Seen) -> String + Send>;

/// Answers requests, one connection at a time, until the test ends.
fn server(reply: Reply) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let shared = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let request = read(&stream);
            let mut all = shared.lock().expect("not poisoned");
            all.push(request.clone());
            let number = all.len();
            drop(all);
            let mut stream = stream;
            // The client may have given up already.
            let _ = stream.write_all(reply(number, &request).as_bytes());
        }
    });
    (address, seen)
}

fn read(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut seen = Seen::default();
    reader.read_line(&mut seen.line).expect("a request line");
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a number"),
            "authorization" => seen.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    body["model"].as_str().unwrap_or_default().clone_into(&mut seen.model);
    seen.texts = body["input"]
        .as_array()
        .map(|texts| texts.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    seen
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A vector that says how long the text was; last text first, as servers may.
fn vectors(seen: &Seen) -> String {
    let items: Vec<String> = seen
        .texts
        .iter()
        .enumerate()
        .rev()
        .map(|(index, text)| {
            format!("{{\"index\": {index}, \"embedding\": [{}, 4.0, 0.0]}}", text.len())
        })
        .collect();
    answer("200 OK", "", &format!("{{\"data\": [{}]}}", items.join(", ")))
}

fn quick() -> Settings {
    Settings { pause: Duration::from_millis(5), ..Settings::default() }
}

#[test]
fn texts_go_in_batches_and_come_back_in_order() {
    let (address, seen) = server(Box::new(|_, seen| vectors(seen)));
    let settings = Settings { key: Some("secret".to_owned()), ..quick() };
    let model = RemoteModel::new(&format!("{address}/v1#small"), settings).expect("a model");
    assert_eq!(model.name(), "http:small");
    let texts: Vec<String> = (0..150).map(|length| "x".repeat(length)).collect();
    let found = model.documents(&texts).expect("vectors");
    assert_eq!(found.len(), 150);
    assert_eq!(model.dimensions(), 3);
    for (length, vector) in found.iter().enumerate() {
        let expected = length as f32 / 4.0;
        assert!((vector[0] / vector[1] - expected).abs() < 1e-3, "{length}: {vector:?}");
        let norm: f32 = vector.iter().map(|value| value * value).sum();
        assert!((norm - 1.0).abs() < 1e-5, "a unit vector");
    }
    assert!(model.query("abc").expect("a vector")[2].abs() < f32::EPSILON);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(seen.len(), 4, "three batches and a question");
    for request in seen.iter() {
        assert!(request.line.starts_with("POST /v1/embeddings "), "{}", request.line);
        assert_eq!(request.authorization.as_deref(), Some("Bearer secret"));
        assert_eq!(request.model, "small");
    }
}

#[test]
fn no_texts_need_no_server() {
    let model = RemoteModel::new("http://127.0.0.1:9/v1#m", quick()).expect("a model");
    assert!(model.documents(&[]).expect("nothing").is_empty());
}

#[test]
fn an_address_without_a_path_gets_the_usual_one() {
    let (address, seen) = server(Box::new(|_, seen| vectors(seen)));
    let model = RemoteModel::new(&format!("{address}/#m"), quick()).expect("a model");
    model.query("a").expect("a vector");
    assert!(seen.lock().expect("not poisoned")[0].line.starts_with("POST /v1/embeddings "));
}

#[test]
fn passing_failures_are_asked_for_again() {
    let (address, seen) = server(Box::new(|number, seen| match number {
        1 => answer("429 Too Many Requests", "retry-after: 0\r\n", "{}"),
        2 => answer("503 Service Unavailable", "", "loading"),
        3 => String::new(),
        _ => vectors(seen),
    }));
    let model = RemoteModel::new(&format!("{address}/v1#m"), quick()).expect("a model");
    model.query("a").expect("a vector at last");
    assert_eq!(seen.lock().expect("not poisoned").len(), 4);
}

#[test]
fn lasting_failures_say_what_the_server_said() {
    let (address, seen) =
        server(Box::new(|_, _| answer("500 Internal Server Error", "", "out of\n memory")));
    let model = RemoteModel::new(&format!("{address}/v1#m"), quick()).expect("a model");
    let error = model.documents(&["a".to_owned()]).expect_err("an error");
    assert!(error.message.contains("answered 500: out of memory (4 attempts)"), "{error}");
    assert_eq!(seen.lock().expect("not poisoned").len(), 4);
}

#[test]
fn a_wrong_key_is_not_asked_for_twice() {
    let (address, seen) =
        server(Box::new(|_, _| answer("401 Unauthorized", "", "{\"error\": \"no key\"}")));
    let model = RemoteModel::new(&format!("{address}/v1#m"), quick()).expect("a model");
    let error = model.query("a").expect_err("an error");
    assert!(error.message.contains("401"), "{error}");
    assert!(error.hint.contains("QF_EMBEDDER_KEY"), "{}", error.hint);
    assert_eq!(seen.lock().expect("not poisoned").len(), 1);
}

#[test]
fn a_redirection_does_not_carry_the_key_away() {
    let (other, elsewhere) = server(Box::new(|_, seen| vectors(seen)));
    let headers = format!("location: {other}/v1/embeddings\r\n");
    let (address, _) = server(Box::new(move |_, _| answer("302 Found", &headers, "")));
    let settings = Settings { key: Some("secret".to_owned()), ..quick() };
    let model = RemoteModel::new(&format!("{address}/v1#m"), settings).expect("a model");
    let error = model.query("a").expect_err("an error");
    assert!(error.message.contains("302"), "{error}");
    assert!(elsewhere.lock().expect("not poisoned").is_empty());
}

#[test]
fn wrong_answers_are_errors() {
    for (body, part) in [
        ("<html>", "expected value"),
        ("{}", "missing field"),
        ("{\"data\": []}", "0 vectors for 1 texts"),
        ("{\"data\": [{\"index\": 7, \"embedding\": [1.0]}]}", "index 7"),
        ("{\"data\": [{\"index\": 0, \"embedding\": []}]}", "length 0"),
        ("{\"data\": [{\"index\": 0, \"embedding\": [1e99]}]}", ""),
    ] {
        let (address, _) = server(Box::new(move |_, _| answer("200 OK", "", body)));
        let model = RemoteModel::new(&format!("{address}/v1#m"), quick()).expect("a model");
        let error = model.query("a").expect_err(body);
        assert!(error.message.contains(part), "{error}");
    }
}

#[test]
fn vectors_of_changing_length_are_errors() {
    let (address, _) = server(Box::new(|number, _| {
        let values = vec!["1.0"; number].join(", ");
        answer(
            "200 OK",
            "",
            &format!("{{\"data\": [{{\"index\": 0, \"embedding\": [{values}]}}]}}"),
        )
    }));
    let model = RemoteModel::new(&format!("{address}/v1#m"), quick()).expect("a model");
    model.query("a").expect("a vector");
    assert!(model.query("a").expect_err("an error").message.contains("length 2 instead of 1"));
}

#[test]
fn nobody_there_is_an_error_with_its_remedy() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
    let address = format!("http://127.0.0.1:{port}/v1#m");
    let model = RemoteModel::new(&address, quick()).expect("a model");
    let error = model.query("a").expect_err("an error");
    assert!(error.hint.contains("check that the server runs"), "{}", error.hint);
}

#[test]
fn a_silent_server_does_not_hold_us() {
    let (address, _) = server(Box::new(|_, _| {
        std::thread::sleep(Duration::from_secs(5));
        String::new()
    }));
    let settings = Settings { timeout: Duration::from_millis(100), attempts: 1, ..quick() };
    let model = RemoteModel::new(&format!("{address}/v1#m"), settings).expect("a model");
    let begun = Instant::now();
    assert!(model.query("a").expect_err("an error").message.contains("timeout"));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn addresses_are_checked() {
    for (address, part) in [
        ("https://host/v1", "no model"),
        ("https://host/v1#", "no model"),
        ("ftp://host/v1#m", "no http"),
        ("host/v1#m", "no http"),
        ("https:///v1#m", "no host"),
    ] {
        let error = RemoteModel::new(address, quick()).err().expect(address);
        assert!(error.message.contains(part), "{error}");
    }
    let keyed = || Settings { key: Some("secret".to_owned()), ..quick() };
    let error = RemoteModel::new("http://example.org/v1#m", keyed()).err().expect("an error");
    assert!(error.message.contains("unencrypted"), "{error}");
    assert!(RemoteModel::new("http://localhost:8080/v1#m", keyed()).is_ok());
    assert!(RemoteModel::new("https://example.org/v1#m", keyed()).is_ok());
}
