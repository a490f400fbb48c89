//! The local names of the function that is being walked.
//!
//! The builder can tell locals from the rest only when the file is finished. A walk of a language
//! with block scope has to know earlier: an assignment to a local adds a value to the scope that
//! declares it, while an assignment to anything else is a write somebody may ask for; and reads
//! of locals need no reference at all.

use qf_graph::facts::ScopeId;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Declared names with the scopes that declare them, innermost last.
#[derive(Debug, Default)]
pub struct Locals<'s> {
    visible: FxHashMap<&'s str, SmallVec<[ScopeId; 2]>>,
    order: Vec<&'s str>,
}

impl<'s> Locals<'s> {
    /// Declares a name until the enclosing [`Self::restore`].
    pub fn declare(&mut self, name: &'s str, scope: ScopeId) {
        self.visible.entry(name).or_default().push(scope);
        self.order.push(name);
    }

    /// The innermost scope that declares `name`.
    pub fn find(&self, name: &str) -> Option<ScopeId> {
        self.visible.get(name).and_then(|scopes| scopes.last().copied())
    }

    /// The state to come back to when the scope that is opened now is closed.
    pub fn mark(&self) -> usize {
        self.order.len()
    }

    /// Forgets everything declared since `mark`.
    pub fn restore(&mut self, mark: usize) {
        while self.order.len() > mark {
            if let Some(scopes) = self.order.pop().and_then(|name| self.visible.get_mut(name)) {
                scopes.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Locals;
    use qf_graph::facts::ScopeId;

    #[test]
    fn inner_declarations_hide_outer_ones_until_restored() {
        let mut locals = Locals::default();
        locals.declare("err", ScopeId(1));
        let mark = locals.mark();
        locals.declare("err", ScopeId(2));
        assert_eq!(locals.find("err"), Some(ScopeId(2)));
        locals.restore(mark);
        assert_eq!(locals.find("err"), Some(ScopeId(1)));
        locals.restore(0);
        assert_eq!(locals.find("err"), None);
    }
}
