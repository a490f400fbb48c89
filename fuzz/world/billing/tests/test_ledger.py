from app.ledger import Ledger
from app.models import User


def test_apply():
    ledger = Ledger(User())
    assert ledger.apply(3) == 3


def test_reset():
    Ledger(User()).reset()
