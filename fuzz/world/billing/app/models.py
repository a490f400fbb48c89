"""Tables of the billing service."""

from sqlalchemy.orm import DeclarativeBase, Mapped


class Base(DeclarativeBase):
    """What every table has."""


class User(Base):
    """Somebody with money."""

    __tablename__ = "users"
    id: Mapped[int]
    balance: Mapped[int]

    @property
    def available(self) -> int:
        return self.balance


class Wallet(Base):
    __tablename__ = "wallets"
    balance: Mapped[int]
