(const std = @import("std");
const ledger = @import("ledger.zig");
const Entry = ledger.Entry;
pub const MAX: u32 = 10;

/// An account.
pub const Account = struct {
    balance: i64 = 0,
    name: []const u8,
    entries: std.ArrayList(Entry),

    pub fn init(amount: i64) !Account {
        var self = Account{ .balance = amount, .name = "x" };
        self.balance += 1;
        return self;
    }

    pub fn apply(self: *Account, entry: *const Entry) !void {
        self.balance -= entry.amount;
        try self.entries.append(entry.*);
        for (self.entries.items) |item| {
            item.apply();
        }
        if (entry.next) |next| {
            next.go();
        }
        const found = ledger.find(1) catch |err| return err;
        self.last = found;
    }
};

fn helper(x: i32) i32 {
    return x * 2;
}
