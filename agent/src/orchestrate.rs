//! Several plans at once.
//!
//! Which plans may run beside each other follows from what each changes and what uses that: plans
//! that have anything of it in common run one after the other, in the order in which they were given.
//! So do plans of which nobody knows what they change. A plan never overtakes one that it has to do
//! with, so that the tree in the end is that of running them one by one.
//!
//! Each works over a layer of its own; only bringing what it did into the tree is done by one at a
//! time ([`Beside`]). When another has done so since a phase began, its checks are made again over
//! what the tree is by then, before it lands itself: what each changed was right alone, and what lands
//! is right together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the runs of one tree share.
#[derive(Debug, Default)]
pub struct Beside {
    tree: Mutex<()>,
}

impl Beside {
    /// Held while the tree or its checkpoints are changed.
    pub fn hold(&self) -> MutexGuard<'_, ()> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a plan changes and what uses that, by names under which two plans would mean the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Files and folders, with all that is below them.
    pub paths: BTreeMap<PathBuf, String>,
    /// Definitions; to each what it is called for people.
    pub changes: BTreeMap<String, String>,
    /// What uses them.
    pub uses: BTreeMap<String, String>,
    /// Why nobody knows all of it.
    pub unknown: Option<String>,
}

impl Reach {
    /// Why two plans must not run at the same time; none when they may.
    fn meets(&self, other: &Self) -> Option<String> {
        for reach in [self, other] {
            if let Some(why) = &reach.unknown {
                return Some(why.clone());
            }
        }
        let below = |(a, _): &(&PathBuf, &String), b: &BTreeMap<PathBuf, String>| {
            b.keys().any(|b| a.starts_with(b) || b.starts_with(a))
        };
        if let Some((_, shown)) = self.paths.iter().find(|path| below(path, &other.paths)) {
            return Some(format!("both change {shown}"));
        }
        let common = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            a.iter().find(|(name, _)| b.contains_key(*name)).map(|(_, shown)| shown.clone())
        };
        if let Some(both) = common(&self.changes, &other.changes) {
            return Some(format!("both change {both}"));
        }
        if let Some(used) = common(&self.changes, &other.uses) {
            return Some(format!("one changes {used}, which uses what the other changes"));
        }
        if let Some(used) = common(&self.uses, &other.changes) {
            return Some(format!("one changes {used}, which uses what the other changes"));
        }
        common(&self.uses, &other.uses)
            .map(|used| format!("{used} uses what the one changes and what the other does"))
    }
}

/// A plan that another waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Its place in the list.
    pub plan: usize,
    /// Why.
    pub why: String,
}

/// For each plan, those before it that it waits for.
pub fn order(reaches: &[Reach]) -> Vec<Vec<Wait>> {
    let waits = |later: usize| {
        let earlier = (0..later)
            .filter_map(|plan| reaches[plan].meets(&reaches[later]).map(|why| Wait { plan, why }));
        earlier.collect()
    };
    (0..reaches.len()).map(waits).collect()
}

/// How far one of several runs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Right,
    Wrong,
}

/// Runs as many at the same time as `most` says, each after those that it waits for. `run` says
/// whether it went right; one that waits for one that went wrong is not run. Gives which were run.
pub fn run_all(
    waits: &[Vec<Wait>],
    most: usize,
    run: &(dyn Fn(usize) -> bool + Sync),
) -> Vec<bool> {
    let states = Mutex::new(vec![State::Waiting; waits.len()]);
    let changed = Condvar::new();
    let work = || {
        let mut held = states.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let is = |states: &[State], plan: usize, state: State| {
                waits[plan].iter().all(|wait| states[wait.plan] == state)
            };
            let next = (0..waits.len())
                .find(|plan| held[*plan] == State::Waiting && is(&held, *plan, State::Right));
            if let Some(plan) = next {
                held[plan] = State::Running;
                drop(held);
                let right = run(plan);
                held = states.lock().unwrap_or_else(PoisonError::into_inner);
                held[plan] = if right { State::Right } else { State::Wrong };
                changed.notify_all();
            } else if held.contains(&State::Running) {
                held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            } else {
                // What still waits, waits for one that went wrong.
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..most.clamp(1, waits.len().max(1)) {
            scope.spawn(work);
        }
    });
    let states = states.into_inner().unwrap_or_else(PoisonError::into_inner);
    states.iter().map(|state| *state != State::Waiting).collect()
}

#[cfg(test)]
mod tests {
    use super::{Reach, Wait, order, run_all};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn reach(changes: &[&str], uses: &[&str]) -> Reach {
        let map = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), format!("`{name}`"))).collect()
        };
        Reach { changes: map(changes), uses: map(uses), ..Reach::default() }
    }

    #[test]
    fn a_folder_has_what_is_below_it() {
        let at = |path: &str| {
            let paths = [(path.into(), path.to_owned())].into();
            Reach { paths, ..Reach::default() }
        };
        let waits = |a: &str, b: &str| !order(&[at(a), at(b)])[1].is_empty();
        assert!(waits("/t/docs", "/t/docs/x.txt") && waits("/t/docs/x.txt", "/t/docs"));
        assert!(waits("/t/a", "/t/a") && !waits("/t/doc", "/t/docs"));
    }

    #[test]
    fn plans_wait_for_those_before_them_that_they_meet() {
        let script = Reach { unknown: Some("a script".to_owned()), ..Reach::default() };
        let reaches = [
            reach(&["a"], &["x"]),
            reach(&["b"], &["y"]),
            reach(&["c"], &["a"]),
            reach(&["d"], &["y", "z"]),
            script,
        ];
        let waits = order(&reaches);
        let plans = |number: usize| waits[number].iter().map(|wait| wait.plan).collect::<Vec<_>>();
        assert_eq!([plans(0), plans(1)], [[0_usize; 0], [0; 0]]);
        assert_eq!(plans(2), [0]);
        assert_eq!(waits[2][0].why, "one changes `a`, which uses what the other changes");
        assert_eq!(plans(3), [1]);
        assert_eq!(waits[3][0].why, "`y` uses what the one changes and what the other does");
        assert_eq!(plans(4), [0, 1, 2, 3]);
        assert_eq!(waits[4][0].why, "a script");
        assert_eq!(order(&[reach(&["a"], &[]), reach(&["a"], &[])])[1][0].why, "both change `a`");
    }

    #[test]
    fn none_is_run_before_what_it_waits_for_nor_after_what_went_wrong() {
        let wait = |plan: usize| Wait { plan, why: String::new() };
        let waits = [vec![], vec![], vec![wait(0)], vec![wait(1)], vec![wait(3)], vec![wait(2)]];
        let (ended, at_once, most) =
            (Mutex::new(Vec::new()), AtomicUsize::new(0), AtomicUsize::new(0));
        let run = |plan: usize| {
            let now = at_once.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            let before = ended.lock().expect("whole").clone();
            assert!(waits[plan].iter().all(|wait| before.contains(&wait.plan)), "{plan}");
            std::thread::sleep(std::time::Duration::from_millis(30));
            at_once.fetch_sub(1, Ordering::SeqCst);
            ended.lock().expect("whole").push(plan);
            plan != 3
        };
        assert_eq!(run_all(&waits, 2, &run), [true, true, true, true, false, true]);
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
