import { useEffect, useState } from "react";
import { formatMoney, type Account } from "@shop/contracts";

/** Shows the balance; keeps the last one while the next is loading. */
export function BalanceBadge({ account }: { account: Account | null }) {
  const [balance, setBalance] = useState(0);

  useEffect(() => {
    if (account) {
      setBalance(account.balance);
    }
  }, [account]);

  const currency = account?.currency ?? "EUR";
  return <span className={balance < 0 ? "badge debt" : "badge"}>{formatMoney({ cents: balance, currency })}</span>;
}
