"""Every change of a single user's balance goes through a ledger."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.models import LedgerEntry, User


class LedgerError(Exception):
    """The ledger refused a change."""


class InsufficientFunds(LedgerError):
    """The change would leave the user in debt."""


class Ledger:
    """Changes the balance of one user and writes down why."""

    def __init__(self, session: Session, user: User) -> None:
        self.session = session
        self.user = user
        self.labels: dict[str, str] = {}

    def apply(self, amount: int, reason: str) -> LedgerEntry:
        """Adds `amount`, which may be negative."""
        if self.user.balance + amount < 0:
            raise InsufficientFunds(f"user {self.user.id} cannot pay {-amount}")
        self.user.balance += amount
        return self._record(amount, reason)

    def reset(self, reason: str) -> LedgerEntry:
        """Pays out whatever is left."""
        amount = -self.user.balance
        self.user.balance = 0
        return self._record(amount, reason)

    def update(self, entries: Iterable[LedgerEntry]) -> int:
        """Replays entries of another ledger; returns how many."""
        count = 0
        for entry in entries:
            self.apply(entry.amount, entry.reason)
            count += 1
        return count

    def label(self, **labels: str) -> None:
        """Labels end up in the reason of later entries."""
        self.labels.update(labels)

    def _record(self, amount: int, reason: str) -> LedgerEntry:
        suffix = "".join(f" {key}={value}" for key, value in self.labels.items())
        entry = LedgerEntry(user_id=self.user.id, amount=amount, reason=reason + suffix)
        self.session.add(entry)
        return entry


class CappedLedger(Ledger):
    """A ledger that refuses single changes above a cap."""

    def __init__(self, session: Session, user: User, cap: int) -> None:
        super().__init__(session, user)
        self.cap = cap

    def apply(self, amount: int, reason: str) -> LedgerEntry:
        if abs(amount) > self.cap:
            raise LedgerError(f"{amount} is above the cap of {self.cap}")
        return super().apply(amount, reason)
