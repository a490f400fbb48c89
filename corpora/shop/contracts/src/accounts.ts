import type { Currency } from "./money";

/** An account as accounts-api reports it; `balance` is in cents. */
export interface Account {
  id: number;
  email: string;
  balance: number;
  currency: Currency;
  status: "active" | "frozen" | "closed";
}

/** Body of `POST /api/accounts/{id}/credit`. */
export interface CreditRequest {
  amount: number;
  reason: string;
}

/** Body of `POST /api/accounts/{id}/transfer`. */
export interface TransferRequest {
  target: number;
  amount: number;
}

export function isActive(account: Account): boolean {
  return account.status === "active";
}
