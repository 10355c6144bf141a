"""Real servers on 127.0.0.1 with the real test model, each ended by its own pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import openai
import pytest

ROOT = Path(__file__).resolve().parent.parent
MODEL = Path(os.environ["ONNX_TEST_MODEL"])


class RunningServer:
    """`program` is what Python runs."""

    def __init__(self, *options: str, model: Path = MODEL, program: tuple[str, ...] = ("-m", "onnx_server"), **environment: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, *program, "--model-dir", str(model), "--served-model-name", "smollm2", "--host", "127.0.0.1", "--port", str(self.port), *options]
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self.process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="unused", max_retries=0, timeout=60)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, condition, seconds: float = 30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if result := condition():
                return result
            time.sleep(0.02)
        raise AssertionError("did not happen in time")

    def ready(self) -> "RunningServer":
        self.until(lambda: self.get("/health")[0] == 200)
        return self

    def metric(self, name: str, **labels: str) -> float:
        wanted = [f'{key}="{value}"' for key, value in {"model_name": "smollm2", **labels}.items()]
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(name + "{") and all(label in line for label in wanted):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no series {name} {labels}")

    def stop(self, sig: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """The exit code, the log and what went to stderr, once the process has ended by itself."""
        try:
            out, err = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, out, err


def lines(log: str, message: str) -> list[dict]:
    return [entry for entry in map(json.loads, log.splitlines()) if entry["message"] == message]


@pytest.fixture
def start():
    servers = []

    def starter(*options: str, **more) -> RunningServer:
        servers.append(RunningServer(*options, **more))
        return servers[-1]

    yield starter
    for server in servers:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def server():
    running = RunningServer("--embedding-model-dir", str(MODEL)).ready()
    yield running
    running.stop()
