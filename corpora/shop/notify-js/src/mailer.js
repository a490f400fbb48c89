"use strict";

const nodemailer = require("nodemailer");
const { formatMoney, settledAmount } = require("@shop/contracts");
const preferences = require("./preferences");
const { render } = require("./templates");

class Mailer {
  constructor(transport) {
    this.transport = transport || nodemailer.createTransport(process.env.SMTP_URL);
    this.sent = 0;
  }

  async send(to, subject, body) {
    await this.transport.sendMail({ from: "shop@example.com", to, subject, text: body });
    this.sent += 1;
  }

  /** Sends the receipt for a settled order, unless the customer opted out. */
  async receipt(to, event) {
    if (!preferences.get(event.user_id).receipts) {
      return false;
    }
    const amount = formatMoney(settledAmount(event));
    const body = render("receipt", { order: event.order_id, amount });
    await this.send(to, `Order ${event.order_id}`, body);
    return true;
  }
}

module.exports = { Mailer };
