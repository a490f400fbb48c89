use crate::error::LedgerError;

/// What one user holds, in cents. Never below zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    balance: i64,
}

impl Account {
    /// An account with nothing in it.
    pub fn open(id: u64) -> Self {
        Self { id, balance: 0 }
    }

    pub fn balance(&self) -> i64 {
        self.balance
    }

    pub fn credit(&mut self, amount: i64) {
        self.balance += amount;
    }

    pub fn debit(&mut self, amount: i64) -> Result<(), LedgerError> {
        if self.balance < amount {
            let missing = amount - self.balance;
            return Err(LedgerError::Overdrawn { account: self.id, missing });
        }
        self.balance -= amount;
        Ok(())
    }

    pub fn reset(&mut self) {
        self.balance = 0;
    }
}

/// Moves money between two accounts, or changes neither.
pub fn transfer(from: &mut Account, to: &mut Account, amount: i64) -> Result<(), LedgerError> {
    from.debit(amount)?;
    to.credit(amount);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debit_refuses_debt() {
        let mut account = Account::open(1);
        account.credit(100);
        assert!(account.debit(101).is_err());
        assert_eq!(account.balance(), 100);
    }

    #[test]
    fn transfer_moves_money() {
        let (mut a, mut b) = (Account::open(1), Account::open(2));
        a.credit(100);
        transfer(&mut a, &mut b, 60).unwrap();
        assert_eq!((a.balance(), b.balance()), (40, 60));
    }
}
