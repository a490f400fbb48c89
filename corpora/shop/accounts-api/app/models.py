"""Tables as classes."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all tables share."""


class User(Base):
    """A customer and the money we owe them, in cents."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="active")
    wallets: Mapped[list["Wallet"]] = relationship(back_populates="user")

    @property
    def available(self) -> int:
        """What the customer may spend now."""
        return self.balance - self.held

    @available.setter
    def available(self, value: int) -> None:
        self.balance = value + self.held


class Wallet(Base):
    """Gift money; never mixed with the balance of its user."""

    __tablename__ = "wallets"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    label: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    user: Mapped[User] = relationship(back_populates="wallets")


class LedgerEntry(Base):
    """One change of one user's balance."""

    __tablename__ = "ledger_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    reason: Mapped[str]
