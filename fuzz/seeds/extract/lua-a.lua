local json = require("json")
local util = require "lib.util"

-- An account.
local Account = {}
Account.__index = Account

local MAX = 10

function Account.new(balance)
  local self = setmetatable({}, Account)
  self.balance = balance
  return self
end

function Account:deposit(amount)
  self.balance = self.balance + amount
  self.items[1] = amount
  user.account.name = "x"
  table.insert(self.entries, amount)
  self:log("hi")
  util.go(MAX)
  for _, entry in ipairs(self.items) do
    entry:apply()
  end
  local first, second = pair()
end

local function helper(x)
  return x * 2
end

function setup()
  counter = 3
end

return Account
