"use strict";

const { Router } = require("express");
const preferences = require("../preferences");

const router = Router();

function showPreferences(req, res) {
  res.json(preferences.get(Number(req.params.userId)));
}

function changePreferences(req, res) {
  const changed = preferences.update(Number(req.params.userId), req.body);
  res.json(changed);
}

router.get("/:userId", showPreferences);
router.put("/:userId", changePreferences);

module.exports = router;
