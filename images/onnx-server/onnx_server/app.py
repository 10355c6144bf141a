"""Puts routes, errors and request ids together."""

import re
import time
import uuid

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .faults import ApiFault
from .logs import log
from .routes import ROUTES
from .service import Service


class RequestId:
    """Takes X-Request-Id where it is well formed, makes one otherwise, sends it back, and logs each request once."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if re.fullmatch(r"[A-Za-z0-9._-]{1,128}", given) else uuid.uuid4().hex
        started, status = time.monotonic(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            if scope["path"] not in ("/health", "/metrics"):
                log("request", request_id=request_id, method=scope["method"], path=scope["path"][:200], status=status, seconds=round(time.monotonic() - started, 4))


async def on_fault(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, ApiFault)
    if fault.status in (400, 404):
        request.app.state.service.metrics.rejected("invalid")
    headers = {"Retry-After": str(fault.retry_after_seconds)} if fault.retry_after_seconds else None
    return JSONResponse(fault.body(), fault.status, headers)


async def on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse(ApiFault(error.status_code, str(error.detail)).body(), error.status_code, error.headers)


async def on_bug(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(ApiFault(500, "internal error").body(), 500)


def make_app(service: Service) -> Starlette:
    app = Starlette(routes=ROUTES, exception_handlers={ApiFault: on_fault, HTTPException: on_http, Exception: on_bug})
    app.add_middleware(RequestId)
    app.state.service = service
    return app
