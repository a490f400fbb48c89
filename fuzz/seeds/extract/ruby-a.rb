require 'json'
require_relative '../models/user'

# Money and what happens to it.
module Acme
  # An account.
  class Account < Base::Model
    include Comparable
    attr_accessor :balance, :name
    MAX = 10

    def initialize(balance, name: "x", *rest)
      @balance = balance
      @name ||= name
      super(balance)
    end

    def self.create(params)
      account = new(params)
      account.save!
      account
    end

    def deposit(amount)
      self.balance += amount
      @entries << Entry.new(amount)
      @items[3] = 4
      user.account.limit = 3
      entries.each do |entry|
        entry.apply(self)
      end
      helper
      other&.go
      return if amount.zero?
      puts "hello #{name}"
    rescue Error => error
      error.message
    end

    def balance=(value)
      @balance = value
    end

    private

    def helper
      MAX
    end
  end
end
