//! The log of a run is read back, or its damage is named; a torn end is dropped and nothing else.
//!
//! The first byte chooses whether lines get right checksums. What is read is read again after the torn
//! end was cut off, and what is written after it is read too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_agent::run::log::{Event, Log};
use qf_fuzz::{scratch, write};

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let mut bytes = Vec::new();
    if how.is_multiple_of(2) {
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            bytes.extend_from_slice(&blake3::hash(text).to_hex().as_bytes()[..16]);
            bytes.push(b' ');
            bytes.extend_from_slice(line);
        }
    } else {
        bytes.extend_from_slice(rest);
    }
    let path = write("run.log", &bytes);
    let Ok((mut log, entries)) = Log::open(&path) else { return };
    let left = std::fs::read(&path).expect("it was opened");
    assert!(bytes.starts_with(&left), "only an end is cut off");
    let lost = &bytes[left.len()..];
    let ends = lost.split(|byte| *byte == b'\n').count() - 1;
    assert!(ends == 0 || ends == 1 && lost.ends_with(b"\n"), "more than a torn line is dropped");
    let event = Event::PhaseBegun { phase: 7, overlay: false };
    log.write(event, &mut |_| {}).expect("the scratch folder is writable");
    let again = Log::read(&path).expect("what was read is read again");
    assert!(again[..entries.len()] == entries[..] && again.len() == entries.len() + 1);
    std::fs::remove_file(scratch().join("run.log")).expect("it is there");
});
