"""Puts routes, errors and request ids together."""

import logging
import re
import time
import uuid

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import fault_of
from .faults import ApiFault
from .job import Ended
from .logs import begin_request, log
from .routes import ROUTES
from .service import Service


class RequestId:
    """Takes X-Request-Id where it is well formed, makes one otherwise, sends it back, and logs each request once.

    While the server ends, each answer is its connection's last.
    """

    def __init__(self, app: ASGIApp, service: Service):
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if re.fullmatch(r"[A-Za-z0-9._-]{1,128}", given) else uuid.uuid4().hex
        fields, started, status = begin_request(request_id), time.monotonic(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                closing = [(b"connection", b"close")] if self._service.state in ("draining", "failed") else []
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *closing]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logging.getLogger("onnx_server").exception("unexpected error")
            if status:
                raise  # the answer has begun: only its connection can tell
            await JSONResponse(ApiFault(500, "internal error").body(), 500)(scope, receive, send_with_id)
        finally:
            if scope["path"] not in ("/health", "/metrics"):
                log("request", **fields, method=scope["method"], path=scope["path"][:200], status=status, seconds=round(time.monotonic() - started, 4))


async def on_fault(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, ApiFault)
    if fault.status in (400, 404):
        request.app.state.service.metrics.rejected("invalid")
    headers = {"Retry-After": str(fault.retry_after_seconds)} if fault.retry_after_seconds else None
    return JSONResponse(fault.body(), fault.status, headers)


async def on_ended(request: Request, ended: Exception) -> JSONResponse:
    assert isinstance(ended, Ended)
    return await on_fault(request, fault_of(ended.reason, request.app.state.service.state))


async def on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse(ApiFault(error.status_code, str(error.detail)).body(), error.status_code, error.headers)


def make_app(service: Service) -> Starlette:
    app = Starlette(routes=ROUTES, exception_handlers={ApiFault: on_fault, Ended: on_ended, HTTPException: on_http})
    app.add_middleware(RequestId, service=service)
    app.state.service = service
    return app
