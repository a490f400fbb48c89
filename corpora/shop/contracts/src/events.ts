import { ContractError } from "./errors";
import type { Currency, Money } from "./money";

/** Published by orders-go once an order has been paid for. */
export const ORDERS_SETTLED = "orders.settled";

/** Published by the warehouse; nobody in this shop listens yet. */
export const ORDERS_SHIPPED = "orders.shipped";

export interface SettledEvent {
  order_id: number;
  user_id: number;
  total_cents: number;
  currency: Currency;
}

export function parseSettledEvent(raw: string): SettledEvent {
  const event = JSON.parse(raw) as Partial<SettledEvent>;
  if (event.order_id === undefined || event.user_id === undefined) {
    throw new ContractError("event", "order_id and user_id are required");
  }
  return { total_cents: 0, currency: "EUR", ...event } as SettledEvent;
}

export function settledAmount(event: SettledEvent): Money {
  return { cents: event.total_cents, currency: event.currency };
}
