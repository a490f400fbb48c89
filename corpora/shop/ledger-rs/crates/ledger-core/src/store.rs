use sqlx::{Error, PgPool};

use crate::journal::Posting;

/// The tables of accounts-api.
pub struct PgStore {
    pool: PgPool,
}

impl PgStore {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Adds `delta` to what a user holds.
    pub async fn adjust(&self, user: i64, delta: i64) -> Result<(), Error> {
        sqlx::query("UPDATE users SET balance = balance + $1 WHERE id = $2")
            .bind(delta)
            .bind(user)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes a posting down without changing what the user holds.
    pub async fn record(&self, posting: &Posting) -> Result<(), Error> {
        sqlx::query("INSERT INTO ledger_entries (user_id, amount, reason) VALUES ($1, $2, $3)")
            .bind(posting.account as i64)
            .bind(posting.amount)
            .bind(posting.memo.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Empties the gift wallets of one campaign.
    pub async fn expire_wallets(&self, label: &str) -> Result<u64, Error> {
        let done = sqlx::query("UPDATE wallets SET balance = 0 WHERE label = $1")
            .bind(label)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
