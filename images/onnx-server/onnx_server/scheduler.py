"""Shares the model among requests: a bounded queue, a fixed number of slots, one engine thread that steps them in turn.

One thread, because the library's API is not thread safe, and because one step already uses all the CPUs it may.
"""

import logging
import threading
import time
from collections import deque
from concurrent.futures import wait

from .backend import Backend, Sequence
from .background import in_background
from .faults import ApiFault, one_line
from .job import Finished, Job, Piece
from .logs import log
from .metrics import Metrics


class Scheduler:
    """`ended` is a future: it ends with the engine thread, with an exception where the engine died."""

    def __init__(self, backend: Backend, metrics: Metrics, *, slots: int, queue: int, chunk_tokens: int):
        self._backend, self._metrics = backend, metrics
        self._slots, self._queue, self._chunk_tokens = slots, queue, chunk_tokens
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: dict[int, tuple[Job, Sequence | None]] = {}
        self._ending = False
        self.ended = in_background(self._run, "engine")

    @property
    def idle(self) -> bool:
        with self._changed:
            return not self._waiting and not self._running

    def submit(self, job: Job) -> None:
        """Queues the job, or refuses it: 429 where slots and queue are full, 503 where the engine has ended."""
        with self._changed:
            if self._ending or self.ended.done():
                self._metrics.rejected("not_ready")
                raise ApiFault(503, "the engine has ended", code="not_ready", retry_after_seconds=1)
            if len(self._running) + len(self._waiting) >= self._slots + self._queue:
                self._metrics.rejected("queue_full")
                raise ApiFault(429, f"all {self._slots} slots are busy and {self._queue} requests wait already", code="queue_full", retry_after_seconds=1)
            self._waiting.append(job)
            self._count()
            self._changed.notify()

    def cancel_all(self) -> None:
        with self._changed:
            for job in [*self._waiting, *(job for job, _ in self._running.values())]:
                job.cancel("shutdown")
            self._changed.notify()

    def end(self, timeout_seconds: float = 5) -> None:
        """Cancels what is left, and waits for the engine thread, which may be within a step."""
        self.cancel_all()
        with self._changed:
            self._ending = True
            self._changed.notify()
        wait([self.ended], timeout=timeout_seconds)

    def fail_all(self) -> None:
        """Ends every job with an error, and takes no more: for when the engine has died."""
        with self._changed:
            self._ending = True
            jobs = [*(job for job, _ in self._running.values()), *self._waiting]
            self._running.clear()
            self._waiting.clear()
            self._count()
        for job in jobs:
            self._finish(job, "error")

    def _run(self) -> None:
        while self._admit():
            for key in list(self._running):
                self._step(key)

    def _admit(self) -> bool:
        """Fills free slots; sleeps while there is nothing to do. False when the server ends."""
        with self._changed:
            while not self._waiting and not self._running and not self._ending:
                self._changed.wait()
            if self._ending and not self._running:
                return False
            for job in [job for job in self._waiting if job.ended_because]:
                self._waiting.remove(job)
                self._finish(job, job.ended_because or "abort")
            while self._waiting and len(self._running) < self._slots:
                job = self._waiting.popleft()
                self._metrics.queue_time.observe(time.monotonic() - job.arrived)
                self._running[id(job)] = (job, None)
            self._count()
            return True

    def _step(self, key: int) -> None:
        """A step that fails ends its job. The engine dies only where a try-out of the model, with that job's memory free again, fails too."""
        job, _ = self._running.get(key, (None, None))
        if job is None:
            return
        try:
            return self._advance(job)
        except Exception as error:
            log("a step of the model failed", logging.ERROR, request_id=job.request_id, error=type(error).__name__, detail=one_line(error))
        self._leave(job, "error")
        self._backend.try_out()

    def _advance(self, job: Job) -> None:
        if reason := job.ended_because:
            return self._leave(job, reason)
        _, sequence = self._running[id(job)]
        if sequence is None:
            sequence = self._backend.start(job.prompt, job.max_tokens, job.sampling)
            with self._changed:
                self._running[id(job)] = (job, sequence)
        token = sequence.advance(self._chunk_tokens)
        if token is not None:
            self._take(job, sequence, token)

    def _take(self, job: Job, sequence: Sequence, token: int) -> None:
        self._measure(job)
        if sequence.is_end(token):
            return self._leave(job, "stop")
        text, stopped = job.stops.feed(sequence.text(token))
        if text:
            job.send(Piece(text))
        if stopped:
            job.stops.flush()
            self._leave(job, "stop")
        elif job.tokens >= job.max_tokens:
            self._leave(job, "length")

    def _measure(self, job: Job) -> None:
        now = time.monotonic()
        if job.last_token_at is None:
            self._metrics.first_token.observe(now - job.arrived)
            self._metrics.prompt_tokens.inc(len(job.prompt))
        else:
            self._metrics.inter_token.observe(now - job.last_token_at)
        job.last_token_at = now
        job.tokens += 1
        self._metrics.generation_tokens.inc()

    def _leave(self, job: Job, reason: str) -> None:
        with self._changed:
            self._running.pop(id(job), None)
            self._count()
        self._finish(job, reason)

    def _finish(self, job: Job, reason: str) -> None:
        rest = job.stops.flush()
        if rest and reason in ("stop", "length"):
            job.send(Piece(rest))
        self._metrics.finished(reason)
        self._metrics.end_to_end.observe(time.monotonic() - job.arrived)
        job.send(Finished(reason, job.tokens))

    def _count(self) -> None:
        self._metrics.running.set(len(self._running))
        self._metrics.waiting.set(len(self._waiting))
