"use strict";

const { Router } = require("express");
const { Mailer } = require("../mailer");

const router = Router();
const mailer = new Mailer();

async function sendMail(req, res) {
  const { to, subject, body } = req.body;
  if (!to || !subject) {
    res.status(422).json({ error: "to and subject are required" });
    return;
  }
  await mailer.send(to, subject, body || "");
  res.status(202).json({ accepted: req.get("x-request-id") || null });
}

router.post("/", sendMail);

module.exports = router;
