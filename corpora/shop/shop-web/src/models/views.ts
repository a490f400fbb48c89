import { canCancel, formatMoney, orderTotal, type Account, type Order } from "@shop/contracts";

/** What a component needs to know about one record. */
export abstract class View {
  abstract title(): string;

  describe(): string {
    return this.title().trim();
  }
}

export class AccountView extends View {
  constructor(readonly account: Account) {
    super();
  }

  title(): string {
    return `${this.account.email} (${this.account.status})`;
  }
}

export class OrderView extends View {
  constructor(readonly order: Order) {
    super();
  }

  title(): string {
    return `#${this.order.id}: ${this.total()}`;
  }

  total(): string {
    return formatMoney(orderTotal(this.order));
  }

  get cancellable(): boolean {
    return canCancel(this.order);
  }
}
