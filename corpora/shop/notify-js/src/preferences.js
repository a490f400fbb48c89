"use strict";

const DEFAULTS = Object.freeze({ receipts: true, offers: false });

const known = new Map();

/** What the customer wants to receive. */
function get(userId) {
  return known.get(userId) || DEFAULTS;
}

/** Merges `patch` into the customer's preferences; unknown keys are dropped. */
function update(userId, patch) {
  const next = { ...get(userId) };
  for (const key of Object.keys(DEFAULTS)) {
    if (typeof patch[key] === "boolean") {
      next[key] = patch[key];
    }
  }
  known.set(userId, next);
  return next;
}

function reset() {
  known.clear();
}

module.exports = { get, update, reset };
