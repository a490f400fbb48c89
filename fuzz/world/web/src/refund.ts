export interface Account {
  balance: number;
}

/** Asks billing for an account. */
export async function loadAccount(id: string): Promise<Account> {
  const reply = await fetch(`/api/accounts/${id}`);
  return reply.json();
}

export async function creditAccount(id: string, amount: number) {
  return fetch(`/api/accounts/${id}/credit`, { method: "POST", body: JSON.stringify({ amount }) });
}
