import enum
from django.db import models
from sqlalchemy import Column, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    balance: Mapped[int] = mapped_column()
    orders: Mapped[list["Order"]] = relationship(back_populates="user")


class Wallet(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    amount = models.IntegerField(default=0)

    class Meta:
        ordering = ["amount"]

    def withdraw(self, value):
        if value:
            self.amount -= value
        setattr(self, "touched", True)
        self.save(update_fields=["amount"])

    withdraw.alters_data = True


class Color(enum.Enum):
    RED = 1
    GREEN = "green"

    @property
    def pretty(self):
        return self.value


class Point:
    __slots__ = ("x", "y", "_cache")

    def __init__(self, x, y):
        self.x, self.y = x, y
        self._cache: dict[str, int] = {}

    def reset(cls):
        cls.x = cls.y = 0

    async def walk(self):
        async with self.lock() as self.held:
            for self.step in self.steps():
                pass


class Late:
    def fill(self):
        self.size = 1
        self.name: str

    size: int = 0

    scale = lambda self, by: self.size * by


class Shape(Protocol):
    def area(self) -> float: ...
