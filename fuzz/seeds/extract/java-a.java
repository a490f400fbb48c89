package com.acme.pay;

import com.acme.ledger.Ledger;
import com.acme.ledger.Ledger.Entry;
import java.util.*;
import static com.acme.util.Checks.positive;
import static com.acme.util.Names.*;

/**
 * What a customer owns.
 *
 * @deprecated use Wallet
 */
@Entity
@Table(name = "accounts")
public abstract class Account<K extends Key & Comparable<K>, V> extends Base<K> implements Holder, Closeable {
  /** Limit in cents. */
  public static final int LIMIT = 100;
  private final List<Entry> entries = new ArrayList<>();
  protected Map<String, Ledger> ledgers;
  int balance, history[];
  com.acme.risk.Score score;

  static { register(LIMIT); }

  { balance = 5; }

  /** Opens an account. */
  public Account(K key, int balance) {
    super(key);
    this.balance = balance;
    history = new int[3];
  }

  Account(K key) { this(key, 0); }

  Account() { prepare(); }

  @Override
  public Optional<Entry> find(String name, long... ids) throws LedgerException { return entries.stream().filter(e -> e.matches(name)).findFirst(); }

  protected abstract void close();

  static <T extends Entry> T first(List<? extends T> items) { return items.get(0); }

  void deposit(int amount) { balance += amount; }
  void deposit(String amount) { deposit(Integer.parseInt(amount)); }

  private static class Row { Row next; }

  interface Visitor<R> {
    int DEPTH = 3;
    R visit(Account account);
    default void done() {}
  }
}
