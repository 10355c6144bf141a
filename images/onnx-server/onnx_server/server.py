"""Listens, drains at the first signal, and ends: 0 after a drain, 1 where the engine has died."""

import asyncio
import logging
import socket
import time

import uvicorn

from .app import make_app
from .background import in_background
from .config import Settings
from .faults import ConfigFault, one_line
from .logs import log
from .service import Service

# What an answer, and the closing of its connection, may still take once all work is done.
CLOSE_SECONDS = 5
# Idle connections are for the gateway to close, or for a drain: where the server closes them first, a request may be on its way into one.
KEEP_ALIVE_SECONDS = 300


class Server(uvicorn.Server):
    """Lingers, then answers 503 while it drains, where uvicorn would close its port at the first signal."""

    def __init__(self, config: uvicorn.Config, service: Service):
        super().__init__(config)
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._draining: asyncio.Task | None = None

    def handle_exit(self, sig: int, frame) -> None:
        self._loop.call_soon_threadsafe(self._signalled)

    def _signalled(self) -> None:
        if self._draining:
            self._service.cancel_all()
        else:
            log("draining", shutdown_timeout_seconds=self._service.settings.shutdown_timeout_seconds)
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        deadline = time.monotonic() + self._service.settings.shutdown_timeout_seconds
        await self._service.linger(until=lambda: not self.server_state.connections)
        draining = asyncio.create_task(self._service.drain(deadline))
        self.close_connections()
        await draining
        self.should_exit = True

    def close_connections(self) -> None:
        """Idle ones at once: whoever had a request on its way has been answered, and told to close, while the server lingered; busy ones after their answer."""
        for connection in list(self.server_state.connections):
            connection.shutdown()


def listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigFault(f"--host {settings.host} --port {settings.port}: cannot be listened on: {error.strerror or error}") from None


async def serve(service: Service) -> int:
    """The process's exit code. Raises ConfigFault where loading does."""
    config = uvicorn.Config(make_app(service), log_config=None, access_log=False, server_header=False, lifespan="off",
                            timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=CLOSE_SECONDS, ws="none")
    server = Server(config, service)
    serving = asyncio.create_task(server.serve(sockets=[listen(service.settings)]))
    loading = asyncio.wrap_future(in_background(service.load, "loading"))
    await asyncio.wait({serving, loading}, return_when=asyncio.FIRST_COMPLETED)
    if loading.done():
        loading.result()
    died = asyncio.wrap_future(service.died)
    await asyncio.wait({serving, died}, return_when=asyncio.FIRST_COMPLETED)
    if not died.done():
        return 0
    error = died.exception()
    log("the engine has died, so the server ends", logging.CRITICAL, error=type(error).__name__, detail=one_line(error))
    await asyncio.sleep(0.1)  # the last events reach their clients
    server.should_exit = True
    await serving
    return 1
