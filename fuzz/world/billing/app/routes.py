from fastapi import FastAPI

from app.ledger import CappedLedger, Ledger
from app.models import User

app = FastAPI()


@app.post("/api/accounts/{id}/credit")
def credit(id: int, amount: int) -> int:
    """Adds to an account."""
    return Ledger(User()).apply(amount)


@app.get("/api/accounts/{id}")
def account(id: int) -> User:
    ledger = CappedLedger(User())
    ledger.apply(1)
    return ledger.user
