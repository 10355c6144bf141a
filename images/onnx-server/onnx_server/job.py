"""One request on its way through the engine."""

import asyncio
import time
from dataclasses import dataclass, field

from .stops import StopFinder


@dataclass(frozen=True)
class Piece:
    """Text that may be sent now."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The last event of a job. `reason`: stop, length, abort, timeout or error."""

    reason: str
    completion_tokens: int


@dataclass
class Sampling:
    """Bounds are checked where requests are parsed. `seed` None means a random one."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass
class Job:
    prompt: list[int]
    max_tokens: int
    sampling: Sampling
    stops: StopFinder
    timeout_seconds: float
    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue = field(default_factory=asyncio.Queue)
    arrived: float = field(default_factory=time.monotonic)
    tokens: int = 0
    last_token_at: float | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        """Takes effect before the next step of the model; calling it twice is harmless."""
        self.cancelled = True

    def send(self, event: Piece | Finished) -> None:
        try:
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:
            self.cancelled = True  # the loop has ended: nobody listens any more

    @property
    def ended_because(self) -> str | None:
        if self.cancelled:
            return "abort"
        return "timeout" if time.monotonic() - self.arrived > self.timeout_seconds else None
