import pytest
from sqlalchemy.orm import Session

from app.ledger import CappedLedger, InsufficientFunds, Ledger, LedgerError
from app.models import User


def test_apply_adds_to_the_balance(session: Session, user: User) -> None:
    ledger = Ledger(session, user)
    entry = ledger.apply(250, "gift")
    assert user.balance == 1250
    assert entry.reason == "gift"


def test_apply_refuses_debt(session: Session, user: User) -> None:
    ledger = Ledger(session, user)
    with pytest.raises(InsufficientFunds):
        ledger.apply(-1001, "too much")
    assert user.balance == 1000


def test_reset_pays_everything_out(session: Session, user: User) -> None:
    ledger = Ledger(session, user)
    assert ledger.reset("closed").amount == -1000


def test_cap(session: Session, user: User) -> None:
    capped = CappedLedger(session, user, cap=100)
    with pytest.raises(LedgerError):
        capped.apply(101, "above")


def test_available_respects_holds(user: User) -> None:
    user.held = 300
    assert user.available == 700
