import { ContractError } from "./errors";
import { formatMoney, type Money } from "./money";

export interface Formatter {
  format(value: Money): string;
}

export class PlainFormatter implements Formatter {
  format(value: Money): string {
    return formatMoney(value);
  }
}

/** Negative amounts in parentheses, as accountants write them. */
export class AccountingFormatter extends PlainFormatter {
  format(value: Money): string {
    if (value.cents >= 0) {
      return super.format(value);
    }
    return `(${super.format({ ...value, cents: -value.cents })})`;
  }
}

export class FormatterRegistry {
  private readonly formatters = new Map<string, Formatter>();

  constructor() {
    this.reset();
  }

  add(name: string, formatter: Formatter): void {
    if (this.formatters.has(name)) {
      throw new ContractError("formatter", `${name} is already registered`);
    }
    this.formatters.set(name, formatter);
  }

  get(name: string): Formatter {
    const formatter = this.formatters.get(name);
    if (!formatter) {
      throw new ContractError("formatter", `${name} is not registered`);
    }
    return formatter;
  }

  format(name: string, value: Money): string {
    return this.get(name).format(value);
  }

  reset(): void {
    this.formatters.clear();
    this.add("plain", new PlainFormatter());
    this.add("accounting", new AccountingFormatter());
  }
}
