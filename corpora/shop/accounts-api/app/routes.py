"""The HTTP side of accounts and wallets."""

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts import AccountService
from app.database import get_session
from app.models import User
from app.payments import PaymentsClient, get_payments
from app.wallet import WalletService

accounts = APIRouter(prefix="/accounts", tags=["accounts"])
wallets = APIRouter(prefix="/wallets", tags=["wallets"])


class OpenIn(BaseModel):
    email: str
    opening: int = 0


class CreditIn(BaseModel):
    amount: int
    reason: str = ""


class TransferIn(BaseModel):
    target: int
    amount: int


class AccountOut(BaseModel):
    id: int
    email: str
    balance: int
    status: str
    currency: str = "EUR"


def get_service(session: Session = Depends(get_session)) -> AccountService:
    return AccountService(session)


def present(user: User) -> AccountOut:
    return AccountOut(id=user.id, email=user.email, balance=user.balance, status=user.status)


@accounts.get("/{account_id}")
def get_account(account_id: int, service: AccountService = Depends(get_service)) -> AccountOut:
    return present(service.get(account_id))


@accounts.post("", status_code=201)
def open_account(body: OpenIn, service: AccountService = Depends(get_service)) -> AccountOut:
    return present(service.open(body.email, body.opening))


@accounts.delete("/{account_id}")
def close_account(account_id: int, service: AccountService = Depends(get_service)) -> AccountOut:
    return present(service.close(account_id))


@accounts.post("/{account_id}/credit")
def credit_account(
    account_id: int, body: CreditIn, service: AccountService = Depends(get_service)
) -> AccountOut:
    if body.amount <= 0:
        raise HTTPException(status_code=422, detail="amount must be positive")
    return present(service.credit(account_id, body.amount, body.reason))


@accounts.post("/{account_id}/transfer")
def transfer_funds(
    account_id: int, body: TransferIn, service: AccountService = Depends(get_service)
) -> AccountOut:
    return present(service.transfer(account_id, body.target, body.amount))


@accounts.post("/{account_id}/orders/{order_id}/capture")
def capture_order(
    account_id: int,
    order_id: int,
    service: AccountService = Depends(get_service),
    payments: PaymentsClient = Depends(get_payments),
) -> dict[str, str]:
    service.get(account_id)
    return {"status": payments.capture(order_id)}


@wallets.post("/{wallet_id}/top-up")
def top_up_wallet(
    wallet_id: int, body: CreditIn, service: AccountService = Depends(get_service)
) -> dict[str, int]:
    wallet = WalletService(service.session, service).top_up(wallet_id, body.amount)
    return {"id": wallet.id, "balance": wallet.balance}
