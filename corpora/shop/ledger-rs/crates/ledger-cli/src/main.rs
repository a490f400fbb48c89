//! `ledger replay <file>` and `ledger adjust <user> <delta>`.

mod report;

use std::error::Error;

use ledger_core::fee::{FeePolicy, NoFee, TieredFee};
use ledger_core::{Journal, PgStore, Posting};
use report::Report;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["replay", path] => replay(&std::fs::read_to_string(path)?),
        ["adjust", user, delta] => adjust(user.parse()?, delta.parse()?),
        _ => Err("usage: ledger replay <file> | ledger adjust <user> <delta>".into()),
    }
}

fn policy() -> Box<dyn FeePolicy> {
    match std::env::var("LEDGER_FEE_BP").ok().and_then(|value| value.parse().ok()) {
        Some(basis_points) => Box::new(TieredFee { threshold: 10_000, basis_points }),
        None => Box::new(NoFee),
    }
}

fn replay(text: &str) -> Result<(), Box<dyn Error>> {
    let mut journal = Journal::new();
    let postings = text.lines().map(str::parse::<Posting>).collect::<Result<Vec<_>, _>>()?;
    let count = journal.update(postings, policy().as_ref())?;
    let mut report = Report::new(count);
    for account in journal.accounts() {
        report.add(account);
    }
    print!("{}", report.format());
    Ok(())
}

fn adjust(user: i64, delta: i64) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
        PgStore::new(pool).adjust(user, delta).await?;
        Ok(())
    })
}
