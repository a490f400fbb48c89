use std::collections::BTreeSet;

use ledger_core::Account;

/// What `ledger replay` prints.
pub struct Report {
    postings: usize,
    total: i64,
    lines: BTreeSet<String>,
}

impl Report {
    pub fn new(postings: usize) -> Self {
        Report { postings, total: 0, lines: BTreeSet::new() }
    }

    pub fn add(&mut self, account: &Account) {
        let balance = account.balance();
        self.total += balance;
        self.lines.insert(format!("{:>8} {balance:>12}", account.id));
    }

    pub fn format(&self) -> String {
        let mut text = format!("{} postings, {} cents\n", self.postings, self.total);
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_summed() {
        let mut report = Report::new(1);
        let mut account = Account::open(1);
        account.credit(250);
        report.add(&account);
        assert!(report.format().starts_with("1 postings, 250 cents"));
    }
}
