//! Dense ids. They count rows of one open [`crate::Snapshot`] and mean nothing outside it; what
//! has to outlive a snapshot is written as repository, path and qualified name.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The row number.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
id!(/// A repository of the snapshot.
    RepoId);
id!(/// A file of the snapshot, over all repositories.
    FileId);
id!(/// A symbol of the snapshot, over all repositories.
    SymbolId);
