/** A value that does not keep to the contract. */
export class ContractError extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(`${field}: ${message}`);
    this.name = "ContractError";
  }
}

/** Throws unless `cents` is a whole number of cents. */
export function assertCents(field: string, cents: number): void {
  if (!Number.isSafeInteger(cents)) {
    throw new ContractError(field, `${cents} is not a whole number of cents`);
  }
}
