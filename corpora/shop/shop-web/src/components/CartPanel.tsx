import { useReducer } from "react";
import { formatMoney } from "@shop/contracts";
import { placeOrder } from "../api/orders";
import { Cart } from "../state/cart";

const cart = new Cart();

export function CartPanel({ userId }: { userId: number }) {
  const [, redraw] = useReducer((revision: number) => revision + 1, 0);

  async function checkout() {
    await placeOrder({ userId, lines: cart.items() });
    cart.reset();
    redraw();
  }

  return (
    <aside>
      <p>{formatMoney(cart.total())}</p>
      <button onClick={checkout}>Order</button>
    </aside>
  );
}
