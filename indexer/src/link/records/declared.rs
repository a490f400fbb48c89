//! What models declare of their relations.

use super::{Member, Records, entry_of, only};
use crate::link::arguments::text;
use crate::link::origin::End;
use crate::link::rule::{Declared, Relation};
use crate::link::tables::{model_name, plural, snake_case};
use crate::resolve::DefinitionRef;
use qf_graph::facts::{
    DefinitionId, Expression, ExpressionId, FileFacts, Reference, ReferenceFlags, Role,
};

/// A model, the name of one of its relations, and the other model.
type Declaration = (DefinitionRef, String, DefinitionRef);

impl Records<'_, '_, '_> {
    /// The members that models have through the relations that a file declares.
    pub(super) fn declared(&mut self, file: u32) -> Vec<(DefinitionRef, Member)> {
        let (world, rules) = (self.origins.world, self.origins.rules);
        let mut members = Vec::new();
        let index = world.file(file);
        if !self.relations.may_concern(index.repository) {
            return members;
        }
        let facts = index.facts();
        for reference in &facts.references {
            let other =
                reference.role != Role::Call || reference.flags.contains(ReferenceFlags::DECORATOR);
            if other {
                continue;
            }
            for row in rules.relating(facts.text(reference.name)) {
                let Some(relation) = rules.relation(*row) else { continue };
                let Some((class, name, to)) = self.relation(file, reference, relation) else {
                    continue;
                };
                for (position, access) in relation.access.iter().enumerate() {
                    let (way, called, to) = ((*row, position), access.called, Some(to));
                    for name in member_names(&access.member, &name) {
                        members.push((class, Member { name, called, way, to }));
                    }
                }
            }
        }
        members
    }

    fn relation(
        &mut self,
        file: u32,
        reference: &Reference,
        relation: &Relation,
    ) -> Option<Declaration> {
        let facts = self.origins.world.file(file).facts();
        let Expression::Call { callee, arguments } = facts.expression(reference.expression) else {
            return None;
        };
        let arguments = facts.list(arguments);
        if entry_of(facts, arguments, &relation.unless).is_some() {
            return None;
        }
        let within = reference.within;
        match relation.declared {
            Declared::Body => self.in_body(file, within?, callee, arguments, relation),
            Declared::Method => self.in_method(file, within?, callee, arguments, relation),
            Declared::Class => self.on_class(file, callee, arguments, relation),
        }
    }

    /// `has_many :orders, class_name: "Billing::Order"`.
    fn in_body(
        &mut self,
        file: u32,
        within: DefinitionId,
        callee: ExpressionId,
        arguments: &[ExpressionId],
        relation: &Relation,
    ) -> Option<Declaration> {
        let facts = self.origins.world.file(file).facts();
        let class = DefinitionRef { file, definition: within };
        if !matches!(facts.expression(callee), Expression::Name { .. }) {
            return None;
        }
        self.of_base(class, relation)?;
        let name = text(facts, *arguments.first()?)?;
        let to = match entry_of(facts, arguments, &relation.class_named_by) {
            Some(written) => self.called(class, text(facts, written)?, false)?,
            None => self.called(class, name, relation.many)?,
        };
        Some((class, name.to_owned(), to))
    }

    /// `public function orders() { return $this->hasMany(Order::class); }`.
    fn in_method(
        &mut self,
        file: u32,
        within: DefinitionId,
        callee: ExpressionId,
        arguments: &[ExpressionId],
        relation: &Relation,
    ) -> Option<Declaration> {
        let facts = self.origins.world.file(file).facts();
        let method = &facts.definitions[within.index()];
        let Expression::Member { base, .. } = facts.expression(callee) else { return None };
        if !method.kind.is_callable() || !matches!(facts.expression(base), Expression::This(_)) {
            return None;
        }
        let class = DefinitionRef { file, definition: method.parent? };
        self.of_base(class, relation)?;
        let to = self.named_class(file, class, *arguments.first()?)?;
        Some((class, facts.text(method.name).to_owned(), to))
    }

    /// `User.hasMany(Order, { as: "orders" })`.
    fn on_class(
        &mut self,
        file: u32,
        callee: ExpressionId,
        arguments: &[ExpressionId],
        relation: &Relation,
    ) -> Option<Declaration> {
        let facts = self.origins.world.file(file).facts();
        let Expression::Member { base, .. } = facts.expression(callee) else { return None };
        let class = self.held(file, base).filter(|held| held.origin == relation.of)?.class;
        let to = self.held(file, *arguments.first()?)?;
        let to = (to.origin == relation.of).then_some(to.class)?;
        let written = entry_of(facts, arguments, &relation.named_by);
        let name = if let Some(written) = written {
            text(facts, written)?.to_owned()
        } else {
            let one = self.name_of(to, relation)?;
            if relation.many { plural(&one) } else { one }
        };
        Some((class, name, to))
    }

    /// Whether a class is a model of the base that a relation is of.
    fn of_base(&mut self, class: DefinitionRef, relation: &Relation) -> Option<()> {
        let definition = self.origins.world.definition(class);
        let held = definition.kind.is_type().then(|| self.model(class, false))??;
        (held.origin == relation.of).then_some(())
    }

    /// The name of a model, beginning with a small letter.
    fn name_of(&self, class: DefinitionRef, relation: &Relation) -> Option<String> {
        let world = self.origins.world;
        let model = self.origins.rules.model(&relation.of)?;
        let facts: &FileFacts = world.file(class.file).facts();
        let name = model_name(facts, world.definition(class), model);
        let mut letters = name.chars();
        let first = letters.next()?;
        Some(first.to_lowercase().chain(letters).collect())
    }

    /// `Order::class`, or the class's name as a text.
    fn named_class(
        &mut self,
        file: u32,
        from: DefinitionRef,
        id: ExpressionId,
    ) -> Option<DefinitionRef> {
        let facts = self.origins.world.file(file).facts();
        if let Some(name) = text(facts, id) {
            return self.called(from, name, false);
        }
        let id = match facts.expression(id) {
            Expression::Argument { value, .. } => value,
            _ => id,
        };
        let Expression::Member { base, name } = facts.expression(id) else { return None };
        if facts.text(name) != "class" {
            return None;
        }
        let End::Definition(at) = self.origins.chase(file, base, 0) else { return None };
        self.model(at, false).map(|held| held.class)
    }

    /// The model of a name, by itself or by its plural: the only one of the repository, or the only one
    /// beside the model that says the name.
    fn called(&self, from: DefinitionRef, written: &str, many: bool) -> Option<DefinitionRef> {
        let world = self.origins.world;
        let last = written.rsplit([':', '\\', '.']).next().unwrap_or(written);
        let key = (world.file(from.file).repository, snake_case(last));
        let models = &self.relations.models;
        let mut lists = [models.named.get(&key), models.plural.get(&key)];
        if many {
            lists.reverse();
        }
        let all = lists.into_iter().flatten().next()?;
        let around = |at: DefinitionRef| {
            let name = world.file(at.file).facts().qualified_name(at.definition);
            name.rsplit_once('.').map(|(around, _)| around.to_owned())
        };
        let beside = around(from);
        only(all.iter().copied())
            .or_else(|| only(all.iter().copied().filter(|at| around(*at) == beside)))
    }
}

/// The members of a pattern for a relation of this name: `get*` of `orders` is `getOrders`.
fn member_names(pattern: &str, name: &str) -> Vec<String> {
    let Some(at) = pattern.find(['*', '1']) else { return vec![pattern.to_owned()] };
    let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
    let one = pattern[at..].starts_with('1');
    let stems = if one { singulars(name) } else { vec![name.to_owned()] };
    let joined = head.ends_with(char::is_alphabetic);
    let put = |stem: String| match stem.chars().next() {
        Some(first) if joined => {
            let rest = &stem[first.len_utf8()..];
            format!("{head}{}{rest}{tail}", first.to_uppercase())
        }
        _ => format!("{head}{stem}{tail}"),
    };
    stems.into_iter().map(put).collect()
}

/// What a plural may be one of; the name itself when it is no plural.
fn singulars(name: &str) -> Vec<String> {
    let ends = [("ies", "y"), ("es", ""), ("s", "")];
    let stems = ends.iter().filter_map(|(end, one)| {
        let stem = name.strip_suffix(*end)?.to_owned() + *one;
        (plural(&stem) == name).then_some(stem)
    });
    let stems: Vec<String> = stems.collect();
    if stems.is_empty() { vec![name.to_owned()] } else { stems }
}

#[cfg(test)]
mod tests {
    use super::{member_names, singulars};

    #[test]
    fn members_are_called_like_their_relation() {
        assert_eq!(member_names("*", "orders"), ["orders"]);
        assert_eq!(member_names("get*", "orders"), ["getOrders"]);
        assert_eq!(member_names("create1", "orders"), ["createOrder"]);
        let categories = member_names("create1", "categories");
        assert_eq!(categories, ["createCategory", "createCategorie"]);
        assert_eq!(member_names("get*", "owner"), ["getOwner"]);
        assert_eq!(member_names("build_*", "owner"), ["build_owner"]);
    }

    #[test]
    fn what_is_no_plural_is_its_own_singular() {
        assert_eq!(singulars("staff"), ["staff"]);
        assert_eq!(singulars("orders"), ["order"]);
    }
}
