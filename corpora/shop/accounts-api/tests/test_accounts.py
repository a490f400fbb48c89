from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.accounts import AccountService
from app.database import get_session
from app.main import app
from app.models import User, Wallet
from app.wallet import WalletService


def test_credit_over_http(session: Session, user: User) -> None:
    app.dependency_overrides[get_session] = lambda: session
    client = TestClient(app)
    response = client.post(f"/api/accounts/{user.id}/credit", json={"amount": 50, "reason": "test"})
    assert response.json()["balance"] == 1050


def test_write_off(session: Session, user: User) -> None:
    service = AccountService(session)
    assert service.write_off([user.id]) == 1
    session.refresh(user)
    assert user.balance == 0


def test_redeem_moves_gift_money(session: Session, user: User) -> None:
    wallet = Wallet(user_id=user.id, label="spring", balance=500)
    session.add(wallet)
    session.commit()
    WalletService(session, AccountService(session)).redeem(wallet.id)
    assert (user.balance, wallet.balance) == (1500, 0)
