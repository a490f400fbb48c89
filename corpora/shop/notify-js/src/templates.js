"use strict";

const TEMPLATES = {
  receipt: "Thank you. Order {order} came to {amount}.",
  refund: "We have returned {amount} for order {order}.",
};

/** Replaces `{name}` by `values.name`; unknown names stay as they are. */
function format(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function render(name, values) {
  const template = TEMPLATES[name];
  if (!template) {
    throw new Error(`no template ${name}`);
  }
  return format(template, values);
}

module.exports = { format, render };
