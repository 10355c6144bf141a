"""One request on its way through a model."""

import asyncio
import time
from dataclasses import dataclass, field

from .logs import current_request_id
from .stops import StopFinder


@dataclass(frozen=True)
class Piece:
    """Text that may be sent now."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The last event of a job. `reason`: stop, length, abort, timeout, error or shutdown."""

    reason: str
    completion_tokens: int


@dataclass(frozen=True)
class Sampling:
    """Bounds are checked where requests are parsed. `seed` None means a random one."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(kw_only=True)
class Work:
    """What all requests have: an arrival, a timeout in seconds, and a way to end early."""

    timeout_seconds: float
    arrived: float = field(default_factory=time.monotonic)
    cancelled: str | None = None
    request_id: str = field(default_factory=current_request_id)

    def cancel(self, reason: str = "abort") -> None:
        """Takes effect before the next step of the model; the first reason counts: abort is the client's, shutdown and error are the server's."""
        self.cancelled = self.cancelled or reason

    @property
    def ended_because(self) -> str | None:
        if self.cancelled:
            return self.cancelled
        return "timeout" if time.monotonic() - self.arrived > self.timeout_seconds else None


@dataclass(kw_only=True)
class Job(Work):
    """A completion. Its events are read in the event loop and sent from the engine's thread."""

    prompt: list[int]
    max_tokens: int
    sampling: Sampling
    stops: StopFinder
    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue = field(default_factory=asyncio.Queue)
    tokens: int = 0
    last_token_at: float | None = None

    def send(self, event: Piece | Finished) -> None:
        try:
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:
            self.cancel("shutdown")  # the loop has ended: nobody listens any more


class Ended(Exception):
    """A request came to nothing. `reason`: abort, timeout, error or shutdown."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason
