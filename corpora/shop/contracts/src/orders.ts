import { addMoney, type Currency, type Money } from "./money";

export type OrderStatus = "open" | "paid" | "settled" | "cancelled" | "refunded";

export interface OrderLine {
  sku: string;
  quantity: number;
  unitCents: number;
}

export interface Order {
  id: number;
  userId: number;
  status: OrderStatus;
  currency: Currency;
  lines: OrderLine[];
}

/** Body of `POST /api/orders`. */
export interface OrderDraft {
  userId: number;
  lines: OrderLine[];
}

export function lineTotal(line: OrderLine, currency: Currency): Money {
  return { cents: line.quantity * line.unitCents, currency };
}

export function orderTotal(order: Order): Money {
  let total: Money = { cents: 0, currency: order.currency };
  for (const line of order.lines) {
    total = addMoney(total, lineTotal(line, order.currency));
  }
  return total;
}

export function canCancel(order: Order): boolean {
  return order.status === "open" || order.status === "paid";
}
