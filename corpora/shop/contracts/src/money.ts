import { assertCents, ContractError } from "./errors";

/** The ISO 4217 codes the shop trades in. */
export type Currency = "EUR" | "USD" | "GBP";

export interface Money {
  cents: number;
  currency: Currency;
}

const SYMBOLS: Record<Currency, string> = { EUR: "€", USD: "$", GBP: "£" };

/** `{ cents: 129900, currency: "EUR" }` becomes `€1,299.00`. */
export function formatMoney(money: Money): string {
  assertCents("money.cents", money.cents);
  const sign = money.cents < 0 ? "-" : "";
  const amount = Math.abs(money.cents);
  const whole = groupThousands(Math.floor(amount / 100));
  const rest = String(amount % 100).padStart(2, "0");
  return `${sign}${SYMBOLS[money.currency]}${whole}.${rest}`;
}

/** Reads what people type into an amount field: `12`, `12.5`, `1,200.00`. */
export function parseMoney(text: string, currency: Currency): Money {
  const value = Number(text.replace(/,/g, ""));
  if (text.trim() === "" || Number.isNaN(value)) {
    throw new ContractError("money", `"${text}" is not an amount`);
  }
  return { cents: Math.round(value * 100), currency };
}

export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) {
    throw new ContractError("currency", `cannot add ${b.currency} to ${a.currency}`);
  }
  return { cents: a.cents + b.cents, currency: a.currency };
}

function groupThousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
