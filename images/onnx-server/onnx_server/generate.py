"""Answers a job's request, whole or as server-sent events; a client that leaves cancels its job."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .answers import Shape, fault_of, usage
from .job import Ended, Finished, Job, Piece, Work
from .logs import note
from .service import Service, events

GOOD = ("stop", "length")


def note_end(job: Job, end: Finished) -> None:
    note(prompt_tokens=len(job.prompt), completion_tokens=end.completion_tokens, finish_reason=end.reason)


@contextlib.asynccontextmanager
async def cancelled_with_client(receive: Receive, work: Work) -> AsyncIterator[None]:
    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        work.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        work.cancel()


async def whole(request: Request, service: Service, job: Job, shape: Shape) -> Response:
    parts, end = [], Finished("error", 0)
    async with cancelled_with_client(request.receive, job):
        async for event in events(job):
            if isinstance(event, Piece):
                parts.append(event.text)
            else:
                end = event
    note_end(job, end)
    if end.reason not in GOOD:
        raise Ended(end.reason)
    return JSONResponse(shape.whole("".join(parts), end.reason, usage(job, end.completion_tokens)))


class Stream(Response):
    """Starlette's own StreamingResponse notices a lost client only when it sends; this one also while it waits."""

    media_type = "text/event-stream"

    def __init__(self, service: Service, job: Job, shape: Shape, include_usage: bool):
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._service, self._job, self._shape, self._include_usage = service, job, shape, include_usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with cancelled_with_client(receive, self._job):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for data in self._data():
                await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _data(self) -> AsyncIterator[str]:
        yield self._dump(self._shape.chunk("", first=True))
        async for event in events(self._job):
            if isinstance(event, Piece):
                yield self._dump(self._shape.chunk(event.text))
                continue
            note_end(self._job, event)
            if event.reason not in GOOD:
                yield json.dumps(fault_of(event.reason, self._service.state).body())
                return
            yield self._dump(self._shape.chunk(None, event.reason))
            if self._include_usage:
                yield json.dumps(self._shape.usage_chunk(usage(self._job, event.completion_tokens)))
        yield "[DONE]"

    def _dump(self, chunk: dict) -> str:
        return json.dumps(chunk | {"usage": None} if self._include_usage else chunk)
