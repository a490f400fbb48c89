import { useOrders } from "../hooks/useOrders";

export function OrderList({ userId }: { userId: number }) {
  const { orders, cancel } = useOrders(userId);

  return (
    <ul>
      {orders.map((view) => (
        <li key={view.order.id}>
          {view.describe()}
          {view.cancellable && <button onClick={() => cancel(view.order.id)}>Cancel</button>}
        </li>
      ))}
    </ul>
  );
}
