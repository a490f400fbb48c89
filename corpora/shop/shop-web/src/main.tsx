import { createRoot } from "react-dom/client";
import { gatewayAlive } from "./api/client";
import { CartPanel } from "./components/CartPanel";
import { CreditForm } from "./components/CreditForm";
import { OrderList } from "./components/OrderList";

function App({ userId }: { userId: number }) {
  return (
    <main>
      <CreditForm accountId={userId} />
      <CartPanel userId={userId} />
      <OrderList userId={userId} />
    </main>
  );
}

export async function mount(element: HTMLElement): Promise<void> {
  if (!(await gatewayAlive())) {
    element.textContent = "The shop is closed for maintenance.";
    return;
  }
  createRoot(element).render(<App userId={Number(element.dataset.user)} />);
}

void mount(document.getElementById("root")!);
