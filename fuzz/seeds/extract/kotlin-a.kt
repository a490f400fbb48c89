package com.acme.pay

import com.acme.models.User
import com.acme.util.*
import com.acme.Entry as Row

/** An account. */
@Serializable
open class Account(private val ledger: Ledger, var balance: Int = 0, name: String) : Base(name), Shape {
    val entries: MutableList<Entry> = mutableListOf()
    private var total = 0
    lateinit var user: User
    val size: Int get() = entries.size

    init {
        total = compute()
    }

    @GetMapping("/accounts/{id}")
    suspend fun apply(entry: Entry, limit: Int = 3): User? {
        val local = Entry(1, name = "x")
        balance -= entry.amount
        this.total = 3
        user.name = "x"
        entries.add(local)
        user.items["a"] = 3
        user!!.go()
        for (item in entries) {
            item.apply()
        }
        entries.filter { it.amount > 3 }.map { e -> e.name }
        val twice = { x: Int -> helper(x) }
        try {
            risky()
        } catch (e: Error) {
            e.message
        }
        return user ?: throw IllegalStateException("no user")
    }

    companion object {
        const val MAX = 3
        fun create(): Account = Account(Ledger(), 0, "x")
    }
}
