"""Vectors from a model folder whose graph gives `hidden_states`, and the bounded queue for them."""

import asyncio
import logging
import time
from collections.abc import Callable

import numpy as np

from .backend import Backend
from .faults import ApiFault, ConfigFault, one_line
from .job import Ended, Work
from .logs import log, note
from .metrics import Metrics

CHUNK_TOKENS = 128


class Embedder:
    """One text at a time, requests in turn; the vectors have length 1. `give_up` is called when the model works no more."""

    def __init__(self, backend: Backend, pooling: str, metrics: Metrics, *, queue: int, give_up: Callable[[BaseException], None]):
        self._backend, self._pooling, self._metrics, self._queue, self._give_up = backend, pooling, metrics, queue, give_up
        self._turn = asyncio.Lock()
        self._requests: dict[int, Work] = {}
        try:
            self._try_out()
        except Exception as error:
            raise ConfigFault(f"{backend.folder.model_file}: gives no hidden_states, so it cannot embed ({one_line(error, 200)})") from None

    @property
    def idle(self) -> bool:
        return not self._requests

    def cancel_all(self, reason: str = "shutdown") -> None:
        for work in list(self._requests.values()):
            work.cancel(reason)

    async def embed(self, texts: list[str], work: Work) -> tuple[list[np.ndarray], int]:
        """The vectors, and how many tokens were read; 429 where one request runs and the queue is full."""
        if len(self._requests) > self._queue:
            self._metrics.rejected("queue_full")
            raise ApiFault(429, f"{len(self._requests) - 1} embedding requests wait already", code="queue_full", retry_after_seconds=1)
        self._requests[id(work)] = work
        self._count()
        try:
            vectors, tokens = await self._in_turn(texts, work)
        except Ended as ended:
            self._metrics.embedded(ended.reason)
            raise
        finally:
            del self._requests[id(work)]
            self._count()
        self._metrics.embedded("stop")
        self._metrics.embedding_tokens.inc(tokens)
        self._metrics.embedding_time.observe(time.monotonic() - work.arrived)
        note(prompt_tokens=tokens)
        return vectors, tokens

    async def _in_turn(self, texts: list[str], work: Work) -> tuple[list[np.ndarray], int]:
        vectors, total = [], 0
        for text in texts:
            tokens = await asyncio.to_thread(self._backend.encode, text)
            if not 0 < len(tokens) < self._backend.context_tokens:
                raise ApiFault(400, f"input: {len(tokens)} tokens, must be 1 to {self._backend.context_tokens - 1}", code="context_length_exceeded", param="input")
            async with self._turn:
                vectors.append(await asyncio.to_thread(self._guarded, tokens, work))
            total += len(tokens)
        return vectors, total

    def _guarded(self, tokens: list[int], work: Work) -> np.ndarray:
        """A step that fails is tried again with the smallest input; where that fails too, the model is given up."""
        try:
            return self._vector(tokens, work)
        except Ended:
            raise
        except Exception as error:
            log("an embedding failed", logging.ERROR, error=type(error).__name__, detail=one_line(error))
        try:
            self._try_out()
        except Exception as error:
            self._give_up(error)
        raise Ended("error")

    def _try_out(self) -> None:
        self._vector([self._backend.folder.bos_token_id or 0], Work(timeout_seconds=float("inf")))

    def _vector(self, tokens: list[int], work: Work) -> np.ndarray:
        og = self._backend._og
        params = og.GeneratorParams(self._backend.model)
        params.set_search_options(max_length=len(tokens) + 1, do_sample=False)
        generator = og.Generator(self._backend.model, params)
        parts = []
        for start in range(0, len(tokens), CHUNK_TOKENS):  # the library holds Python's lock during a step: short steps keep the server answering
            if reason := work.ended_because:
                raise Ended(reason)
            generator.append_tokens(np.array(tokens[start : start + CHUNK_TOKENS], dtype=np.int32))
            parts.append(np.array(generator.get_output("hidden_states"), dtype=np.float32)[0])
        states = np.concatenate(parts)
        pooled = states[-1] if self._pooling == "last" else states.mean(axis=0)
        return pooled / max(float(np.linalg.norm(pooled)), 1e-12)

    def _count(self) -> None:
        self._metrics.embedding_running.set(min(1, len(self._requests)))
        self._metrics.embedding_waiting.set(max(0, len(self._requests) - 1))
