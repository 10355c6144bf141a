"""Finds stop sequences in streamed text without ever sending a part of one."""


class StopFinder:
    """Holds back the longest tail that may still become a stop sequence."""

    def __init__(self, stops: list[str]):
        self._stops = [stop for stop in stops if stop]
        self._held = ""

    def feed(self, text: str) -> tuple[str, bool]:
        """Returns the text that may be sent, and whether a stop sequence was met."""
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            sent, self._held = self._held[: min(found)], ""
            return sent, True
        keep = self._tail()
        sent, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return sent, False

    def flush(self) -> str:
        rest, self._held = self._held, ""
        return rest

    def _tail(self) -> int:
        longest = min(len(self._held), max((len(stop) - 1 for stop in self._stops), default=0))
        return next((size for size in range(longest, 0, -1) if any(stop.startswith(self._held[-size:]) for stop in self._stops)), 0)
