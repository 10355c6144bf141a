"""The shapes of OpenAI's answers, for chat and for plain completions, whole and in chunks."""

import time
import uuid

from .faults import ApiFault
from .job import Job


def usage(job: Job, completion_tokens: int) -> dict:
    return {"prompt_tokens": len(job.prompt), "completion_tokens": completion_tokens, "total_tokens": len(job.prompt) + completion_tokens}


def fault_of(reason: str, state: str) -> ApiFault:
    """The error that a request's bad end means to its client, given the server's state."""
    if reason == "timeout":
        return ApiFault(504, "the request took longer than the server's request timeout", code="timeout")
    if state == "failed":
        return ApiFault(503, "the server's engine has died and the server restarts; try again", code="engine_died", retry_after_seconds=5)
    if reason in ("abort", "shutdown"):
        return ApiFault(503, "the server is shutting down" if reason == "shutdown" else "the request was cancelled", code="aborted", retry_after_seconds=1)
    return ApiFault(500, "the model failed; the server's log has the cause", code="engine_error")


class Shape:
    """`chat` tells which of the two endpoints is answered."""

    def __init__(self, model: str, chat: bool):
        self._chat = chat
        self._id = ("chatcmpl-" if chat else "cmpl-") + uuid.uuid4().hex
        self._common = {"id": self._id, "created": int(time.time()), "model": model}

    def whole(self, text: str, reason: str, used: dict) -> dict:
        content = {"message": {"role": "assistant", "content": text}} if self._chat else {"text": text}
        choice = {"index": 0, **content, "logprobs": None, "finish_reason": reason}
        return {**self._common, "object": "chat.completion" if self._chat else "text_completion", "choices": [choice], "usage": used}

    def chunk(self, text: str | None, reason: str | None = None, *, first: bool = False) -> dict:
        delta = ({"role": "assistant"} if first else {}) | ({} if text is None else {"content": text})
        content = {"delta": delta} if self._chat else {"text": text or ""}
        return self._chunks([{"index": 0, **content, "logprobs": None, "finish_reason": reason}])

    def usage_chunk(self, used: dict) -> dict:
        return self._chunks([]) | {"usage": used}

    def _chunks(self, choices: list[dict]) -> dict:
        return {**self._common, "object": "chat.completion.chunk" if self._chat else "text_completion", "choices": choices}
