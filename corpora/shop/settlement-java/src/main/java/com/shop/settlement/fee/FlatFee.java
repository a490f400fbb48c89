package com.shop.settlement.fee;

/** The same fee for every order, but never more than the order. */
public class FlatFee implements FeePolicy {

    private final long cents;

    public FlatFee(long cents) {
        this.cents = cents;
    }

    @Override
    public long apply(long totalCents) {
        return Math.min(cents, totalCents);
    }
}
