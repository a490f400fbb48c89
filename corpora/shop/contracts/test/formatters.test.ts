import { expect, it } from "vitest";
import { FormatterRegistry } from "../src/formatters";

it("formats with the named formatter", () => {
  const registry = new FormatterRegistry();
  expect(registry.format("accounting", { cents: -1250, currency: "EUR" })).toBe("(€12.50)");
});

it("refuses a second formatter of the same name", () => {
  const registry = new FormatterRegistry();
  expect(() => registry.add("plain", registry.get("accounting"))).toThrow("already registered");
});
