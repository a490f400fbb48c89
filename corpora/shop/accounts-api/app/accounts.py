"""What can be done with accounts."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.cache import Cache
from app.ledger import CappedLedger, Ledger
from app.models import User

TRANSFER_CAP = 1_000_000


class UnknownAccount(LookupError):
    """There is no user with that id."""


class AccountService:
    """Accounts of one session; every public method is one transaction."""

    def __init__(self, session: Session, cache: Cache | None = None) -> None:
        self.session = session
        self.cache = cache or Cache()

    def get(self, user_id: int) -> User:
        user = self.session.get(User, user_id)
        if user is None:
            raise UnknownAccount(user_id)
        return user

    def open(self, email: str, opening: int = 0) -> User:
        user = User(email=email, balance=opening, held=0, status="active")
        self.session.add(user)
        self.session.commit()
        return user

    def credit(self, user_id: int, amount: int, reason: str) -> User:
        user = self.get(user_id)
        ledger = Ledger(self.session, user)
        ledger.apply(amount, reason)
        self.session.commit()
        self.cache.invalidate(f"account:{user_id}")
        return user

    def transfer(self, source_id: int, target_id: int, amount: int) -> User:
        source = self._ledger(source_id)
        source.label(target=str(target_id))
        source.apply(-amount, "transfer")
        self._ledger(target_id).apply(amount, "transfer")
        self.session.commit()
        return source.user

    def correct(self, user_id: int, available: int) -> User:
        """Sets what the customer may spend, whatever is on hold."""
        user = self.get(user_id)
        user.available = available
        self.session.commit()
        return user

    def close(self, user_id: int) -> User:
        ledger = Ledger(self.session, self.get(user_id))
        ledger.reset("account closed")
        ledger.user.status = "closed"
        self.session.commit()
        return ledger.user

    def grant_bonus(self, domain: str, bonus: int) -> None:
        """Adds a bonus to everybody at one mail domain."""
        self.session.execute(
            update(User).where(User.email.endswith(domain)).values(balance=User.balance + bonus)
        )
        self.session.commit()

    def write_off(self, user_ids: Sequence[int]) -> int:
        """Clears the balances of lost accounts; returns how many."""
        count = self.session.query(User).filter(User.id.in_(user_ids)).update({User.balance: 0})
        self.session.commit()
        return count

    def _ledger(self, user_id: int) -> Ledger:
        return CappedLedger(self.session, self.get(user_id), TRANSFER_CAP)
