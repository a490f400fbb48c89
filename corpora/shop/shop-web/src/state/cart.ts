import type { Money, OrderLine } from "@shop/contracts";

/** The lines a customer is about to order, by SKU. */
export class Cart {
  private readonly lines = new Map<string, OrderLine>();
  private readonly coupons = new Set<string>();
  private revision = 0;

  add(line: OrderLine): void {
    const present = this.get(line.sku);
    if (present) {
      this.update(line.sku, present.quantity + line.quantity);
      return;
    }
    this.lines.set(line.sku, line);
    this.touch();
  }

  redeem(code: string): void {
    this.coupons.add(code.toUpperCase());
    this.touch();
  }

  get(sku: string): OrderLine | undefined {
    return this.lines.get(sku);
  }

  update(sku: string, quantity: number): void {
    const line = this.get(sku);
    if (!line) {
      return;
    }
    if (quantity <= 0) {
      this.lines.delete(sku);
    } else {
      line.quantity = quantity;
    }
    this.touch();
  }

  reset(): void {
    this.lines.clear();
    this.coupons.clear();
    this.touch();
  }

  items(): OrderLine[] {
    return [...this.lines.values()];
  }

  total(): Money {
    let balance = 0;
    for (const line of this.lines.values()) {
      balance += line.quantity * line.unitCents;
    }
    return { cents: balance, currency: "EUR" };
  }

  private touch(): void {
    this.revision += 1;
  }
}
