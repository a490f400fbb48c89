/** Paths of the public API, without a host. */
export const ROUTES = {
  accounts: "/api/accounts",
  orders: "/api/orders",
  preferences: "/api/preferences",
} as const;

export function accountPath(id: number): string {
  return `${ROUTES.accounts}/${id}`;
}

export function transferPath(id: number): string {
  return `${accountPath(id)}/transfer`;
}

export function orderPath(id: number): string {
  return `${ROUTES.orders}/${id}`;
}
