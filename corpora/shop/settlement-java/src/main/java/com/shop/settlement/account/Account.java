package com.shop.settlement.account;

/** A user's money, in cents. */
public class Account {

    private final long id;
    private final String email;
    private long balance;

    public Account(long id, String email, long balance) {
        this.id = id;
        this.email = email;
        this.balance = balance;
    }

    public long getId() {
        return id;
    }

    public String getEmail() {
        return email;
    }

    public long getBalance() {
        return balance;
    }

    public void setBalance(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("balance cannot be " + value);
        }
        this.balance = value;
    }

    /** Takes {@code amount}, down to zero at most. */
    public void withdraw(long amount) {
        this.balance -= Math.min(amount, balance);
    }
}
