"""The server's state: loading, ready, draining; and the way of one request from tokens to events."""

import asyncio
import time
from collections.abc import AsyncIterator

from .backend import Backend
from .config import Settings
from .embedder import Embedder
from .faults import ApiFault
from .job import Finished, Job, Piece, Sampling
from .logs import log
from .metrics import Metrics
from .model_folder import check_manifest, read_model_folder
from .scheduler import Scheduler
from .schema import Generation
from .stops import StopFinder


class Service:
    def __init__(self, settings: Settings):
        self.settings = settings
        self.metrics = Metrics(settings.served_model_name)
        self.created = int(time.time())
        self.state = "loading"
        self.backend: Backend | None = None
        self.embedder: Embedder | None = None
        self._scheduler: Scheduler | None = None

    def load(self) -> None:
        """Blocking: checks the manifest, loads the models, makes the server ready. Raises ConfigFault."""
        started = time.monotonic()
        settings = self.settings
        folder = read_model_folder(settings.model_dir)
        if settings.sha256_manifest:
            log("weights checked", files=check_manifest(settings.sha256_manifest, settings.model_dir))
        self.backend = Backend(folder, settings)
        if settings.embedding_model_dir:
            self.embedder = Embedder(Backend(read_model_folder(settings.embedding_model_dir), settings), settings.embedding_pooling)
        self._scheduler = Scheduler(self.backend, self.metrics, slots=settings.max_slots, queue=settings.max_queue,
                                    chunk_tokens=settings.prefill_chunk_tokens)
        if self.state == "loading":
            self.state = "ready"
        log("ready", model=settings.served_model_name, device=self.backend.device, threads=settings.threads,
            context_tokens=self.backend.context_tokens, load_seconds=round(time.monotonic() - started, 2))

    @property
    def healthy(self) -> bool:
        return self.state == "ready" and self._scheduler is not None and self._scheduler.alive

    def ready_backend(self, model: str | None = None) -> Backend:
        if not self.healthy or self.backend is None:
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
        job = Job(prompt, wanted_tokens or limit, sampling, StopFinder(request.stops), self.settings.request_timeout_seconds, asyncio.get_running_loop())
        assert self._scheduler is not None
        self._scheduler.submit(job)
        return job

    async def drain(self) -> None:
        """Refuses new requests, lets accepted ones end within the shutdown timeout, then cancels the rest."""
        self.state = "draining"
        deadline = time.monotonic() + self.settings.shutdown_timeout_seconds
        while self._scheduler and not self._scheduler.idle and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        if self._scheduler:
            await asyncio.to_thread(self._scheduler.end)
        await asyncio.sleep(0.1)  # the last events reach their clients

    def cancel_all(self) -> None:
        if self._scheduler:
            self._scheduler.cancel_all()


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
