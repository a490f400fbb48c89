import { transferPath, type Account, type CreditRequest, type TransferRequest } from "@shop/contracts";
import { api } from "./client";

export function fetchAccount(id: number): Promise<Account> {
  return api.get<Account>(`/api/accounts/${id}`);
}

export function creditAccount(id: number, cents: number, reason: string): Promise<Account> {
  const body: CreditRequest = { amount: cents, reason };
  return api.post<Account>(`/api/accounts/${id}/credit`, body);
}

export function transfer(source: number, target: number, cents: number): Promise<Account> {
  const body: TransferRequest = { target, amount: cents };
  return api.post<Account>(transferPath(source), body);
}
