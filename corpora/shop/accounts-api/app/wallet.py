"""Gift wallets."""

from sqlalchemy.orm import Session

from app.accounts import AccountService
from app.models import Wallet


class WalletService:
    """Fills and empties wallets."""

    def __init__(self, session: Session, accounts: AccountService) -> None:
        self.session = session
        self.accounts = accounts

    def get(self, wallet_id: int) -> Wallet:
        return self.session.get_one(Wallet, wallet_id)

    def top_up(self, wallet_id: int, amount: int) -> Wallet:
        wallet = self.get(wallet_id)
        wallet.balance += amount
        self.session.commit()
        return wallet

    def expire(self, label: str) -> int:
        """Empties all wallets of a campaign."""
        count = self.session.query(Wallet).filter(Wallet.label == label).update({Wallet.balance: 0})
        self.session.commit()
        return count

    def redeem(self, wallet_id: int) -> None:
        """Turns gift money into money of the account."""
        wallet = self.get(wallet_id)
        self.accounts.credit(wallet.user_id, wallet.balance, f"wallet {wallet.label}")
        wallet.balance = 0
        self.session.commit()
