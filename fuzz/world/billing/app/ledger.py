import os

from app.models import User, Wallet

LIMIT = int(os.environ["LEDGER_LIMIT"])


class Ledger:
    """Moves money of one user."""

    def __init__(self, user: User):
        self.user = user

    def apply(self, amount: int) -> int:
        if amount > LIMIT:
            raise ValueError("too much")
        self.user.balance += amount
        return self.user.available

    def reset(self) -> None:
        self.user.balance = 0


class CappedLedger(Ledger):
    def apply(self, amount: int) -> int:
        return super().apply(min(amount, 100))


def top_up(wallet: Wallet) -> None:
    wallet.balance += 1


def never_used() -> None:
    top_up(Wallet())
