package com.shop.settlement.fee;

import java.util.function.LongUnaryOperator;

/** A share of the order, rounded. */
public class PercentFee implements FeePolicy {

    private final int percent;
    private final LongUnaryOperator rounding;

    public PercentFee(int percent) {
        this.percent = percent;
        this.rounding = hundredths -> (hundredths + 50) / 100;
    }

    @Override
    public long apply(long totalCents) {
        return rounding.applyAsLong(totalCents * percent);
    }
}
