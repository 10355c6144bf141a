"""Starts the server, and ends it: 0 after a drain, 1 where the engine has died, 2 for a bad option or model folder."""

import asyncio
import os
import sys
from typing import NoReturn

from .config import Settings, load_settings
from .faults import ConfigFault
from .logs import set_up_logs
from .model_folder import read_model_folder
from .server import serve
from .service import Service

# The runtime holds Python's lock during a step of the model; a waiting event loop must get it right after, not 5 ms later.
SWITCH_SECONDS = 0.0005


def end(code: int) -> NoReturn:
    """At once: the runtime's threads have nothing to save, and its teardown may wait for them."""
    sys.stdout.flush()
    os._exit(code)


async def run(settings: Settings) -> NoReturn:
    end(await serve(Service(settings)))


def main() -> NoReturn:
    set_up_logs()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        settings = load_settings(sys.argv[1:])
        read_model_folder(settings.model_dir)
        asyncio.run(run(settings))
    except ConfigFault as fault:
        for line in str(fault).splitlines():
            print(f"onnx-server: {line}", file=sys.stderr, flush=True)
    end(2)


if __name__ == "__main__":
    main()
