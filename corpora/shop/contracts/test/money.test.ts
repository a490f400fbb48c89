import { describe, expect, it } from "vitest";
import { addMoney, formatMoney, parseMoney } from "../src/money";

describe("formatMoney", () => {
  it("groups thousands", () => {
    expect(formatMoney({ cents: 123456789, currency: "USD" })).toBe("$1,234,567.89");
  });

  it("keeps the sign in front of the symbol", () => {
    expect(formatMoney({ cents: -5, currency: "EUR" })).toBe("-€0.05");
  });
});

describe("parseMoney", () => {
  it("reads grouped amounts", () => {
    expect(parseMoney("1,200.50", "GBP")).toEqual({ cents: 120050, currency: "GBP" });
  });

  it("refuses text", () => {
    expect(() => parseMoney("lots", "EUR")).toThrow("not an amount");
  });
});

it("does not add different currencies", () => {
  expect(() => addMoney({ cents: 1, currency: "EUR" }, { cents: 1, currency: "USD" })).toThrow();
});
