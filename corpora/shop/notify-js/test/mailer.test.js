"use strict";

const assert = require("node:assert");
const { beforeEach, test } = require("node:test");
const { Mailer } = require("../src/mailer");
const preferences = require("../src/preferences");

const event = { order_id: 7, user_id: 3, total_cents: 4250, currency: "EUR" };

function recorder() {
  const mails = [];
  return { mails, sendMail: async (mail) => mails.push(mail) };
}

beforeEach(() => preferences.reset());

test("a receipt names the amount", async () => {
  const transport = recorder();
  const mailer = new Mailer(transport);
  assert.strictEqual(await mailer.receipt("a@example.com", event), true);
  assert.match(transport.mails[0].text, /€42\.50/);
});

test("no receipt for customers who opted out", async () => {
  const transport = recorder();
  preferences.update(3, { receipts: false });
  const mailer = new Mailer(transport);
  assert.strictEqual(await mailer.receipt("a@example.com", event), false);
  assert.deepStrictEqual(transport.mails, []);
});
