"""A small cache of what the API answered last."""

from typing import Any


class Cache:
    """Answers by key; `merge` takes over the answers of another cache."""

    def __init__(self, limit: int = 1024) -> None:
        self.limit = limit
        self._entries: dict[str, Any] = {}
        self._dirty: set[str] = set()

    def get(self, key: str) -> Any | None:
        if key in self._dirty:
            return None
        return self._entries.get(key)

    def add(self, key: str, value: Any) -> None:
        if len(self._entries) >= self.limit:
            self.reset()
        self._entries[key] = value
        self._dirty.discard(key)

    def invalidate(self, key: str) -> None:
        self._dirty.add(key)

    def merge(self, other: "Cache") -> None:
        self._entries.update(other._entries)
        self._dirty.update(other._dirty)

    def reset(self) -> None:
        self._entries.clear()
        self._dirty.clear()
