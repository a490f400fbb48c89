package com.shop.settlement.events;

import com.fasterxml.jackson.annotation.JsonProperty;

/** An order that has been paid for. */
public record SettledEvent(
        @JsonProperty("order_id") long orderId,
        @JsonProperty("user_id") long userId,
        @JsonProperty("total_cents") long totalCents,
        @JsonProperty("currency") String currency) {
}
