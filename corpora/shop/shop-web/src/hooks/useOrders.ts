import { useEffect, useState } from "react";
import { cancelOrder, listOrders } from "../api/orders";
import { OrderView } from "../models/views";

export function useOrders(userId: number) {
  const [orders, setOrders] = useState<OrderView[]>([]);

  async function reload() {
    const found = await listOrders(userId);
    setOrders(found.map((order) => new OrderView(order)));
  }

  async function cancel(id: number) {
    await cancelOrder(id);
    await reload();
  }

  useEffect(() => {
    void reload();
  }, [userId]);

  return { orders, cancel };
}
