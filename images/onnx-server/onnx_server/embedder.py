"""Vectors from a model folder whose graph gives `hidden_states`."""

import asyncio

import numpy as np

from .backend import Backend
from .faults import ApiFault, ConfigFault

CHUNK_TOKENS = 128


class Embedder:
    """One text at a time; the vectors have length 1."""

    def __init__(self, backend: Backend, pooling: str):
        self._backend, self._pooling = backend, pooling
        self._turn = asyncio.Lock()
        try:
            self._vector([backend.folder.bos_token_id or 0])
        except Exception as error:
            raise ConfigFault(f"{backend.folder.path}: gives no hidden_states, so it cannot embed ({' '.join(str(error).split())[:200]})") from None

    async def embed(self, texts: list[str]) -> tuple[list[np.ndarray], int]:
        """The vectors, and how many tokens were read."""
        vectors, total = [], 0
        for text in texts:
            tokens = await asyncio.to_thread(self._backend.encode, text)
            if not 0 < len(tokens) < self._backend.context_tokens:
                raise ApiFault(400, f"input: {len(tokens)} tokens, must be 1 to {self._backend.context_tokens - 1}", code="context_length_exceeded", param="input")
            async with self._turn:
                vectors.append(await asyncio.to_thread(self._vector, tokens))
            total += len(tokens)
        return vectors, total

    def _vector(self, tokens: list[int]) -> np.ndarray:
        og = self._backend._og
        params = og.GeneratorParams(self._backend.model)
        params.set_search_options(max_length=len(tokens) + 1, do_sample=False)
        generator = og.Generator(self._backend.model, params)
        parts = []
        for start in range(0, len(tokens), CHUNK_TOKENS):  # the library holds Python's lock during a step: short steps keep the server answering
            generator.append_tokens(np.array(tokens[start : start + CHUNK_TOKENS], dtype=np.int32))
            parts.append(np.array(generator.get_output("hidden_states"), dtype=np.float32)[0])
        states = np.concatenate(parts)
        pooled = states[-1] if self._pooling == "last" else states.mean(axis=0)
        return pooled / max(float(np.linalg.norm(pooled)), 1e-12)
