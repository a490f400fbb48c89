import { useEffect, useState } from "react";
import { Account, creditAccount, loadAccount } from "./refund";

export function Balance({ id }: { id: string }) {
  const [account, setAccount] = useState<Account>();
  useEffect(() => {
    loadAccount(id).then(setAccount);
  }, [id]);
  return <button onClick={() => creditAccount(id, 1)}>{account?.balance}</button>;
}
