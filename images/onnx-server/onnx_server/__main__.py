"""Starts the server, and ends it: 0 after a drain, 2 for a bad option or model folder."""

import asyncio
import os
import sys

import uvicorn

from .app import make_app
from .config import load_settings
from .faults import ConfigFault
from .logs import log, set_up_logs
from .model_folder import read_model_folder
from .service import Service

# The runtime holds Python's lock during a step of the model; a waiting event loop must get it right after, not 5 ms later.
SWITCH_SECONDS = 0.0005


class Server(uvicorn.Server):
    """Answers 503 while it drains, where uvicorn would close its port at the first signal."""

    def __init__(self, config: uvicorn.Config, service: Service):
        super().__init__(config)
        self._service = service
        self._draining: asyncio.Task | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame) -> None:
        if self.loop:
            self.loop.call_soon_threadsafe(self._signalled)

    def _signalled(self) -> None:
        if self._draining:
            self._service.cancel_all()
        else:
            log("draining")
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        await self._service.drain()
        self.should_exit = True


async def serve(service: Service) -> int:
    settings = service.settings
    config = uvicorn.Config(make_app(service), host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
                            lifespan="off", timeout_graceful_shutdown=5, ws="none")
    server = Server(config, service)
    server.loop = asyncio.get_running_loop()
    serving = asyncio.create_task(server.serve())
    loading = asyncio.create_task(asyncio.to_thread(service.load))
    await asyncio.wait({serving, loading}, return_when=asyncio.FIRST_COMPLETED)
    if loading.done():
        loading.result()
    await serving
    return 0


def main() -> int:
    set_up_logs()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        settings = load_settings(sys.argv[1:])
        read_model_folder(settings.model_dir)
        return asyncio.run(serve(Service(settings)))
    except ConfigFault as fault:
        print(f"onnx-server: {fault}", file=sys.stderr, flush=True)
        return 2


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # the runtime's threads have nothing to save, and its teardown may wait for them
