"use strict";

const { Kafka } = require("kafkajs");
const { ORDERS_SETTLED, parseSettledEvent } = require("@shop/contracts");
const { Mailer } = require("./mailer");

const mailer = new Mailer();

async function onMessage({ message }) {
  const event = parseSettledEvent(message.value.toString());
  await mailer.receipt(`user-${event.user_id}@customers.example.com`, event);
}

async function consume(brokers) {
  const kafka = new Kafka({ clientId: "notify-js", brokers });
  const consumer = kafka.consumer({ groupId: "notify-js" });
  await consumer.connect();
  await consumer.subscribe({ topics: [ORDERS_SETTLED] });
  await consumer.run({ eachMessage: onMessage });
  return consumer;
}

module.exports = { consume, onMessage };
