"use strict";

const { createApp } = require("./app");
const { consume } = require("./consumer");

async function start() {
  const port = Number(process.env.PORT || 8090);
  createApp().listen(port, () => console.log(`notify-js listens on ${port}`));
  await consume((process.env.KAFKA_BROKERS || "localhost:9092").split(","));
}

start().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
