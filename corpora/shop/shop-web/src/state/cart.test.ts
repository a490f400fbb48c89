import { expect, it } from "vitest";
import { Cart } from "./cart";

const mug = { sku: "mug", quantity: 1, unitCents: 900 };

it("adds quantities of the same article", () => {
  const cart = new Cart();
  cart.add({ ...mug });
  cart.add({ ...mug, quantity: 2 });
  expect(cart.total()).toEqual({ cents: 2700, currency: "EUR" });
});

it("drops a line whose quantity becomes zero", () => {
  const cart = new Cart();
  cart.add({ ...mug });
  cart.update("mug", 0);
  expect(cart.get("mug")).toBeUndefined();
});
