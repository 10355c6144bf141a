"""All that is known about onnxruntime-genai. Its objects are used by one thread at a time."""

import json
import threading
import time

import numpy as np

from .config import Settings
from .faults import ApiFault, ConfigFault
from .job import Sampling
from .model_folder import ModelFolder, blame_model, blame_tokenizer

WARMUP_TOKENS = 4
# Characters for each token of the context that are read first of a long text: twice what English takes, so that most texts that fit are read once.
EARLY_CHARACTERS = 8


class Backend:
    """A loaded model with its tokenizer."""

    def __init__(self, folder: ModelFolder, settings: Settings):
        import onnxruntime_genai as og

        og.disable_telemetry_events()
        self._og, self.folder = og, folder
        limit = settings.max_context_tokens or folder.context_tokens
        self.context_tokens = min(limit, folder.context_tokens)
        self._chunk_tokens = settings.prefill_chunk_tokens
        if settings.provider == "cuda" and not og.is_cuda_available():
            raise ConfigFault("--provider cuda: this build of onnxruntime-genai has no CUDA")
        if og.is_cuda_available():
            import onnxruntime

            onnxruntime.preload_dlls()  # CUDA's libraries come as Python packages, where the linker does not look
        try:
            self.model = og.Model(self._config(settings))
        except Exception as error:
            raise ConfigFault(blame_model(folder, error)) from None
        try:
            self._tokenizer = og.Tokenizer(self.model)
        except Exception as error:
            raise ConfigFault(blame_tokenizer(folder, error)) from None
        self._tokenizing = threading.Lock()

    def _config(self, settings: Settings):
        config = self._og.Config(str(self.folder.path))
        if settings.provider != "model":
            config.clear_providers()
        if settings.provider == "cuda":
            config.append_provider("cuda")
        # Severity 4: what the library would write to stderr in a form of its own is raised as well, and told in ours.
        session = {"intra_op_num_threads": settings.threads, "log_severity_level": 4}
        config.overlay(json.dumps({"model": {"decoder": {"session_options": session}}}))
        return config

    @property
    def device(self) -> str:
        """Where the model runs, as the library says: cpu, cuda."""
        return str(self.model.device_type).lower()

    def encode(self, text: str) -> list[int]:
        """Tokens of the text. One that cannot fit the context is refused by its beginning: to read a megabyte takes seconds."""
        size = self.context_tokens * EARLY_CHARACTERS
        while size < len(text):
            if len(self._tokens(text[:size])) > self.context_tokens:
                raise ApiFault(400, f"the input has more than the {self.context_tokens} tokens of the context", code="context_length_exceeded")
            size *= 4
        return self._tokens(text)

    def _tokens(self, text: str) -> list[int]:
        with self._tokenizing:
            return [int(token) for token in self._tokenizer.encode(text)]

    def encode_chat(self, messages: list[dict]) -> list[int]:
        try:
            with self._tokenizing:
                text = self._tokenizer.apply_chat_template(json.dumps(messages), add_generation_prompt=True)
        except Exception:
            raise ApiFault(400, "the model's chat template does not accept these messages", param="messages") from None
        tokens = self.encode(text)
        doubled = len(tokens) > 1 and tokens[0] == tokens[1] == self.folder.bos_token_id
        return tokens[1:] if doubled else tokens

    def start(self, prompt: list[int], max_tokens: int, sampling: Sampling) -> "Sequence":
        return Sequence(self, prompt, max_tokens, sampling)

    def try_out(self) -> float:
        """Reads one full chunk of a prompt and generates a few tokens; returns the seconds it took. Raises what the library raises."""
        started = time.monotonic()
        length = max(1, min(self._chunk_tokens, self.context_tokens - WARMUP_TOKENS))
        sequence = self.start([self.folder.bos_token_id or 0] * length, WARMUP_TOKENS, Sampling(temperature=0))
        for _ in range(WARMUP_TOKENS):
            if sequence.is_end(sequence.advance(self._chunk_tokens)):
                break
        return time.monotonic() - started


class Sequence:
    """The generator of one request. `advance` makes one step: a chunk of the prompt, or one token."""

    def __init__(self, backend: Backend, prompt: list[int], max_tokens: int, sampling: Sampling):
        og = backend._og
        params = og.GeneratorParams(backend.model)
        sampled = sampling.temperature > 0
        options = {"do_sample": sampled, "max_length": len(prompt) + max_tokens, "min_length": 0, "top_k": 0 if sampled else 1,
                   "repetition_penalty": 1.0, "num_beams": 1, "batch_size": 1}
        if sampled:
            options |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
            options["random_seed"] = -1 if sampling.seed is None else sampling.seed
        params.set_search_options(**options)
        self._generator = og.Generator(backend.model, params)
        self._stream = backend._tokenizer.create_stream()
        self._eos = backend.folder.eos_token_ids
        self._prompt = prompt
        self._read = 0

    def advance(self, chunk_tokens: int) -> int | None:
        """The new token, or None while the prompt is still being read."""
        if self._read < len(self._prompt):
            chunk = self._prompt[self._read : self._read + chunk_tokens]
            self._generator.append_tokens(np.array(chunk, dtype=np.int32))
            self._read += len(chunk)
            if self._read < len(self._prompt):
                return None
        self._generator.generate_next_token()
        return int(self._generator.get_next_tokens()[0])

    def is_end(self, token: int | None) -> bool:
        return token in self._eos

    def text(self, token: int) -> str:
        return self._stream.decode(token)
