import { useState, type FormEvent } from "react";
import { parseMoney } from "@shop/contracts";
import { useAccount } from "../hooks/useAccount";
import { BalanceBadge } from "./BalanceBadge";

export function CreditForm({ accountId }: { accountId: number }) {
  const { account, topUp } = useAccount(accountId);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      await topUp(parseMoney(text, "EUR").cents);
      setText("");
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form onSubmit={submit}>
      <BalanceBadge account={account} />
      <input value={text} onChange={(event) => setText(event.target.value)} />
      <button type="submit">Top up</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
