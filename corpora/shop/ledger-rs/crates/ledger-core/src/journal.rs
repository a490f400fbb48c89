use std::collections::HashMap;
use std::str::FromStr;

use crate::account::Account;
use crate::error::LedgerError;
use crate::fee::FeePolicy;

/// One change of one account; negative amounts take money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub account: u64,
    pub amount: i64,
    pub memo: String,
}

impl FromStr for Posting {
    type Err = LedgerError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let malformed = || LedgerError::Malformed(line.to_string());
        let mut parts = line.splitn(3, ' ');
        let account = parts.next().and_then(|part| part.parse().ok()).ok_or_else(malformed)?;
        let amount = parts.next().and_then(|part| part.parse().ok()).ok_or_else(malformed)?;
        let memo = parts.next().unwrap_or_default().to_string();
        Ok(Posting { account, amount, memo })
    }
}

/// Accounts and everything that has been posted to them.
#[derive(Default)]
pub struct Journal {
    accounts: HashMap<u64, Account>,
    postings: Vec<Posting>,
}

impl Journal {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self, id: u64) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// Posts once; credits pay the fee, debits do not.
    pub fn apply(&mut self, posting: Posting, fees: &dyn FeePolicy) -> Result<(), LedgerError> {
        let account = self.entry(posting.account);
        if posting.amount < 0 {
            account.debit(-posting.amount)?;
        } else {
            account.credit(fees.net(posting.amount));
        }
        self.postings.push(posting);
        Ok(())
    }

    /// Posts many; stops at the first that is refused.
    pub fn update(
        &mut self,
        postings: Vec<Posting>,
        fees: &dyn FeePolicy,
    ) -> Result<usize, LedgerError> {
        let count = postings.len();
        for posting in postings {
            self.apply(posting, fees)?;
        }
        Ok(count)
    }

    pub fn reset(&mut self) {
        self.accounts.clear();
        self.postings.clear();
    }

    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    fn entry(&mut self, id: u64) -> &mut Account {
        self.accounts.entry(id).or_insert_with(|| Account::open(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fee::NoFee;

    #[test]
    fn postings_add_up() {
        let mut journal = Journal::new();
        let postings = vec!["1 500 pay".parse().unwrap(), "1 -200 rent".parse().unwrap()];
        assert_eq!(journal.update(postings, &NoFee), Ok(2));
        assert_eq!(journal.get(1).map(Account::balance), Some(300));
    }

    #[test]
    fn unreadable_lines_are_reported() {
        assert!("one 5".parse::<Posting>().is_err());
    }
}
