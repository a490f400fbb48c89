"""Statements for customers."""

from collections import Counter
from collections.abc import Iterable

from app.models import LedgerEntry


def format(cents: int) -> str:
    return "{:,.2f}".format(cents / 100)


def statement(entries: Iterable[LedgerEntry], opening: int = 0) -> list[str]:
    """One line for each entry, with the running balance."""
    balance = opening
    lines = []
    for entry in entries:
        balance += entry.amount
        lines.append(f"{entry.reason:<30} {format(entry.amount):>12} {format(balance):>12}")
    return lines


def reasons(batches: Iterable[Iterable[LedgerEntry]]) -> Counter[str]:
    """How often money was moved for which reason."""
    counts: Counter[str] = Counter()
    for batch in batches:
        counts.update(entry.reason for entry in batch)
    return counts
