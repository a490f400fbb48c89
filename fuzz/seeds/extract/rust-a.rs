/// Money of one customer.
#[derive(Debug, Clone)]
pub struct Account {
    /// Stable number.
    pub id: u64,
    balance: i64,
    #[serde(rename = "notes")]
    pub(crate) history: Vec<Entry>,
}

pub struct Meters(pub f64, u8);

pub struct Marker;

impl Account {
    pub const LIMIT: i64 = 10_000;

    /// Opens an account.
    pub fn open(id: u64) -> Self {
        Self { id, balance: 0, history: Vec::new() }
    }

    pub async fn deposit(&mut self, amount: i64) -> Result<(), Error> {
        self.balance += amount;
        Ok(())
    }

    fn helper(self: Box<Self>) {}
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.balance)
    }
}
