export * from "./accounts";
export * from "./errors";
export * from "./events";
export { AccountingFormatter, FormatterRegistry, PlainFormatter } from "./formatters";
export type { Formatter } from "./formatters";
export * from "./money";
export * from "./orders";
export * from "./routes";
