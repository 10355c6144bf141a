"""The server's state: loading, ready, draining, failed; and the way of one request from tokens to events."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, InvalidStateError

from .backend import Backend
from .config import Settings
from .embedder import Embedder
from .faults import ApiFault, ConfigFault, one_line
from .job import Finished, Job, Piece, Sampling, Work
from .logs import log
from .metrics import Metrics
from .model_folder import check_manifest, read_model_folder
from .scheduler import Scheduler
from .schema import Generation
from .stops import StopFinder

# From the signal until new requests are refused: each answer meanwhile tells its client to close the connection.
LINGER_SECONDS = 3


class Service:
    """`died` is a future that gets an exception when the engine works no more."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.metrics = Metrics(settings.served_model_name)
        self.created = int(time.time())
        self.state = "loading"
        self._lingering = False
        self.died: Future = Future()
        self.backend: Backend | None = None
        self.embedder: Embedder | None = None
        self._scheduler: Scheduler | None = None

    @property
    def state(self) -> str:
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self.metrics.ready.set(state == "ready")

    def load(self) -> None:
        """Blocking: checks the manifest, loads the models, warms up, makes the server ready. Raises ConfigFault."""
        started = time.monotonic()
        settings = self.settings
        folder = read_model_folder(settings.model_dir)
        if settings.sha256_manifest:
            log("weights checked", files=check_manifest(settings.sha256_manifest, settings.model_dir))
        self.backend = Backend(folder, settings)
        if settings.embedding_model_dir:
            embedding = Backend(read_model_folder(settings.embedding_model_dir), settings)
            self.embedder = Embedder(embedding, settings.embedding_pooling, self.metrics, queue=settings.max_queue, give_up=self.die)
        warmup_seconds = self._warm_up()
        self._scheduler = Scheduler(self.backend, self.metrics, slots=settings.max_slots, queue=settings.max_queue,
                                    chunk_tokens=settings.prefill_chunk_tokens)
        self._scheduler.ended.add_done_callback(lambda ended: ended.exception() and self.die(ended.exception()))
        load_seconds = time.monotonic() - started
        self.metrics.load_seconds.set(load_seconds)
        if self.state == "loading":
            self.state = "ready"
        log("ready", model=settings.served_model_name, device=self.backend.device, threads=settings.threads, context_tokens=self.backend.context_tokens,
            load_seconds=round(load_seconds, 2), warmup_seconds=round(warmup_seconds, 3))

    def _warm_up(self) -> float:
        assert self.backend
        try:
            seconds = self.backend.try_out()
        except Exception as error:
            raise ConfigFault(f"{self.backend.folder.model_file}: loaded, but cannot generate: {one_line(error)}") from None
        self.metrics.warmup_seconds.set(seconds)
        return seconds

    @property
    def healthy(self) -> bool:
        return self.state == "ready"

    @property
    def accepting(self) -> bool:
        """Also for a moment after the signal: a request may have been on its way into an open connection."""
        return self.healthy or self._lingering

    @property
    def idle(self) -> bool:
        return (self._scheduler is None or self._scheduler.idle) and (self.embedder is None or self.embedder.idle)

    def ready_backend(self, model: str | None = None) -> Backend:
        if not self.accepting or self.backend is None:
            self.metrics.rejected("not_ready")
            raise ApiFault(503, f"the server is {self.state}", code="not_ready", retry_after_seconds=1)
        if model is not None and model != self.settings.served_model_name:
            raise ApiFault(404, f"model: {model!r} is not served here, use {self.settings.served_model_name!r}", code="model_not_found", param="model")
        return self.backend

    def submit(self, prompt: list[int], request: Generation, wanted_tokens: int | None) -> Job:
        context = self.ready_backend().context_tokens
        limit = context - len(prompt)
        if not prompt:
            raise ApiFault(400, "the prompt is empty", param="prompt")
        if limit < 1 or (wanted_tokens or 1) > limit:
            raise ApiFault(400, f"prompt ({len(prompt)} tokens) and completion ({wanted_tokens or 1}) must fit the context of {context} tokens",
                           code="context_length_exceeded")
        sampling = Sampling(1.0 if request.temperature is None else request.temperature, request.top_p or 1.0, request.seed)
        job = Job(prompt=prompt, max_tokens=wanted_tokens or limit, sampling=sampling, stops=StopFinder(request.stops),
                  timeout_seconds=self.settings.request_timeout_seconds, loop=asyncio.get_running_loop())
        assert self._scheduler is not None
        self._scheduler.submit(job)
        return job

    def work(self) -> Work:
        return Work(timeout_seconds=self.settings.request_timeout_seconds)

    async def linger(self, until: Callable[[], bool]) -> None:
        """Tells that it is not ready, but still takes requests: for `LINGER_SECONDS` at most, or until no connection is left."""
        self.state, self._lingering = "draining", True
        end = time.monotonic() + min(LINGER_SECONDS, self.settings.shutdown_timeout_seconds)
        while not until() and time.monotonic() < end:
            await asyncio.sleep(0.05)
        self._lingering = False

    async def drain(self, deadline: float) -> None:
        """Refuses new requests, lets accepted ones end until the deadline, then cancels the rest."""
        while not self.idle and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        self.cancel_all()
        if self._scheduler:
            await asyncio.to_thread(self._scheduler.end)
        await asyncio.sleep(0.1)  # the last events reach their clients

    def cancel_all(self) -> None:
        for part in (self._scheduler, self.embedder):
            if part:
                part.cancel_all()

    def die(self, error: BaseException) -> None:
        """From any thread: tells every request, and lets the process end."""
        self.state = "failed"
        if self._scheduler:
            self._scheduler.fail_all()
        if self.embedder:
            self.embedder.cancel_all("error")
        with contextlib.suppress(InvalidStateError):  # only the first cause counts
            self.died.set_exception(error)


async def events(job: Job) -> AsyncIterator[Piece | Finished]:
    """Ends after `Finished`. Leaving early cancels the job."""
    try:
        while True:
            event = await job.events.get()
            yield event
            if isinstance(event, Finished):
                return
    finally:
        job.cancel()
