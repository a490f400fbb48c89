import { orderPath, ROUTES, type Order, type OrderDraft } from "@shop/contracts";
import { api } from "./client";

export function listOrders(userId: number): Promise<Order[]> {
  return api.get<Order[]>(`${ROUTES.orders}?user=${userId}`);
}

export function placeOrder(draft: OrderDraft): Promise<Order> {
  return api.post<Order>("/api/orders", draft);
}

export function cancelOrder(id: number): Promise<Order> {
  return api.post<Order>(`/api/orders/${id}/cancel`, {});
}

export function refundOrder(id: number, reason: string): Promise<Order> {
  return api.post<Order>(`${orderPath(id)}/refund`, { reason });
}
