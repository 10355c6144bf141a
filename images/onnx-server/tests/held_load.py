"""A real server that does not begin to load before the file `WAIT_FOR` exists."""

import os
import time
from pathlib import Path

from onnx_server import __main__, service

load = service.Service.load


def held(self) -> None:
    while not Path(os.environ["WAIT_FOR"]).exists():
        time.sleep(0.01)
    load(self)


service.Service.load = held
__main__.main()
