package com.acme.pay

import com.acme.models.User
import com.acme.util._
import com.acme.{Entry => Row, Ledger}

/** An account. */
class Account(private val ledger: Ledger, var balance: Int = 0) extends Base(balance) with Shape[Int] {
  val entries: List[Entry] = List()
  private var total = 0

  def apply(entry: Entry)(implicit limit: Int = 3): Option[User] = {
    val local = new Entry(1)
    val row = Row(1, name = "x")
    balance -= entry.amount
    this.total = 3
    user.name = "x"
    entries.foreach(e => e.apply())
    for (item <- entries) { item.apply() }
    val names = for { a <- ledgers; b <- a.items } yield b.name
    local match {
      case s: Special => s.go()
      case Foo(x) => bar(x)
      case _ =>
    }
    if (limit > 1) Some(user) else None
  }
}
