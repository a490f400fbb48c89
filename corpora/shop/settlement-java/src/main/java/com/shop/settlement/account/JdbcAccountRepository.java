package com.shop.settlement.account;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;

/** Accounts are rows of the users table. */
@Repository
public class JdbcAccountRepository implements AccountRepository {

    private final JdbcTemplate jdbc;

    public JdbcAccountRepository(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Account find(long id) {
        return jdbc.queryForObject(
                "SELECT id, email, balance FROM users WHERE id = ?",
                (row, number) -> new Account(row.getLong("id"), row.getString("email"), row.getLong("balance")),
                id);
    }

    @Override
    public void save(Account account) {
        jdbc.update("UPDATE users SET balance = ? WHERE id = ?", account.getBalance(), account.getId());
    }
}
