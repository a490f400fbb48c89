#import Foundation
import struct Acme.User

/// An account.
public class Account: Base, Codable {
    private let ledger: Ledger
    var balance: Int = 0
    static let shared = Account()
    var size: Int { return entries.count }
    var items: [String: Entry] = [:]
    weak var user: User?

    init(ledger: Ledger, limit: Int = 3) {
        self.ledger = ledger
        super.init()
    }

    func apply(_ entry: Entry, to other: User? = nil) async throws -> User? {
        let local = Entry(amount: 3)
        balance -= entry.amount
        self.user?.name = "x"
        entries.append(local)
        guard let owner = user else { return nil }
        if let special = other as? Special {
            special.go()
        }
        for item in entries {
            item.apply()
        }
        let big = entries.filter { $0.amount > 3 }
        let twice = { (x: Int) -> Int in return helper(x) }
        do {
            try risky()
        } catch let error as Failure {
            error.report()
        }
        try await ledger.find(id: entry.id)
        items["a"] = local
        return owner
    }
}
