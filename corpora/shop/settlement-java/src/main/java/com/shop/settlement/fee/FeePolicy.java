package com.shop.settlement.fee;

/** How much of an order the shop keeps. */
public interface FeePolicy {

    long apply(long totalCents);
}
