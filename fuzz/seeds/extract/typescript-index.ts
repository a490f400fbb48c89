iexport { default } from "./app";
export type { User } from "./types";
export default async (event: Event) => handle(event);
import legacy = require("./legacy");
export = legacy;
