"use strict";

const express = require("express");
const mails = require("./routes/mails");
const preferences = require("./routes/preferences");

function health(req, res) {
  res.json({ status: "ok" });
}

function createApp() {
  const app = express();
  app.use(express.json());
  app.get("/health", health);
  app.use("/api/mails", mails);
  app.use("/api/preferences", preferences);
  return app;
}

module.exports = { createApp };
