import { useCallback, useEffect, useState } from "react";
import type { Account } from "@shop/contracts";
import { creditAccount, fetchAccount } from "../api/accounts";

/** The account of the signed-in customer, and a way to top it up. */
export function useAccount(id: number) {
  const [account, setAccount] = useState<Account | null>(null);

  const reload = useCallback(async () => {
    setAccount(await fetchAccount(id));
  }, [id]);

  const topUp = useCallback(
    async (cents: number) => {
      setAccount(await creditAccount(id, cents, "top-up"));
    },
    [id],
  );

  useEffect(() => {
    void reload();
  }, [reload]);

  return { account, reload, topUp };
}
