"use strict";

const assert = require("node:assert");
const { beforeEach, test } = require("node:test");
const { get, reset, update } = require("../src/preferences");

beforeEach(reset);

test("unknown customers get the defaults", () => {
  assert.deepStrictEqual(get(1), { receipts: true, offers: false });
});

test("unknown keys are dropped", () => {
  update(1, { offers: true, colour: "red" });
  assert.deepStrictEqual(get(1), { receipts: true, offers: true });
});
