"""Proves that models answer through URL. The result, or the reason, is this container's termination message.

URL: base of the OpenAI-compatible API, without /v1. ALL_PODS, NEW_PODS: host:port whose addresses are those of every ready pod, and of those
that run what is to be verified. MODELS: names, one a line; EMBEDS: those that answer with a vector. ENGINE: vllm, ollama or onnx.
DEVICE: gpu where the model must not run on the processor. PATIENCE: seconds to keep trying. TERMINATION_LOG: for tests.
"""

import json
import math
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

url, engine = os.environ["URL"], os.environ["ENGINE"]
models = os.environ["MODELS"].split("\n")
embeds = os.environ.get("EMBEDS", "").split("\n")
patience = float(os.environ["PATIENCE"])
QUESTION = {"max_tokens": 48, "temperature": 0, "stream": True, "stream_options": {"include_usage": True}}


class NoAnswer(Exception):
    pass


def addresses(name: str) -> set[str]:
    host, port = os.environ[name].rsplit(":", 1)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:  # no pod is ready, or none is listed yet
        return set()
    return {f"http://[{address[0]}]:{port}" if ":" in address[0] else f"http://{address[0]}:{port}" for *_, address in found}


def every_pod() -> None:
    """Each ready pod runs what is to be verified, has every name, and answers by itself, not only the one that the Service gives."""
    pods, new = addresses("ALL_PODS"), addresses("NEW_PODS")
    if not pods or not new:
        raise NoAnswer("no ready pod is listed")
    if before := pods - new:
        raise NoAnswer(f"{len(before)} of {len(pods)} ready pods run other weights, another version or other settings")
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(one_pod, sorted(pods)):
            pass


def one_pod(base: str) -> None:
    try:
        listed(base)
        measure(models[0], base)
    except (NoAnswer, OSError) as error:
        raise NoAnswer(f"the pod at {base}: {error}") from None


def ask(path: str, body: dict | None = None, base: str = url):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"content-type": "application/json"})
    try:
        return urllib.request.urlopen(request, timeout=patience)
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"{path} answered {error.code}: {error.read(300).decode(errors='replace')}") from None


def listed(base: str = url) -> None:
    with ask("/v1/models", base=base) as response:
        names = {entry["id"].removesuffix(":latest") for entry in json.load(response)["data"]}
    missing = [model for model in models if model not in names]
    if missing:
        raise NoAnswer(f"/v1/models lists {', '.join(sorted(names)) or 'nothing'}, and not {', '.join(missing)}")


def stream(model: str, base: str):
    """Text parts and the number of tokens, as a chat; a model without a chat template is asked to complete a text."""
    chat = {"messages": [{"role": "user", "content": "What is the capital of France?"}]}
    try:
        response = ask("/v1/chat/completions", {"model": model, **chat, **QUESTION}, base)
    except NoAnswer as refusal:
        if "template" not in str(refusal):
            raise
        response = ask("/v1/completions", {"model": model, "prompt": "The capital of France is", **QUESTION}, base)
    with response:
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            if "error" in event:
                raise NoAnswer(f"{model}: {event['error']}")
            choice = (event.get("choices") or [{}])[0]
            delta = choice.get("delta") or {}
            text = delta.get("content") or delta.get("reasoning_content") or delta.get("reasoning") or choice.get("text") or ""
            yield text, (event.get("usage") or {}).get("completion_tokens", 0)


def embed(model: str, base: str) -> dict:
    """A vector of a short text: finite numbers that are not all the same."""
    started = time.monotonic()
    with ask("/v1/embeddings", {"model": model, "input": "The capital of France is Paris."}, base) as response:
        answer = json.load(response)
    seconds = time.monotonic() - started
    vector = answer["data"][0]["embedding"]
    if len(set(vector)) < 2 or not all(math.isfinite(number) for number in vector):
        raise NoAnswer(f"{model} answered no vector")
    tokens = (answer.get("usage") or {}).get("prompt_tokens", 0)
    return {"ttftSeconds": round(seconds, 3), "tokensPerSecond": round(tokens / seconds, 1), "dimensions": len(vector)}


def measure(model: str, base: str = url) -> dict:
    if model in embeds:
        return embed(model, base)
    started, first, text, tokens = time.monotonic(), 0.0, "", 0
    for part, used in stream(model, base):
        first = first or (time.monotonic() if part else 0.0)
        text, tokens = text + part, used or tokens
    if not text.strip() or not tokens:
        raise NoAnswer(f"{model} answered no text")
    seconds = time.monotonic() - first
    rate = (tokens - 1) / seconds if tokens > 1 and seconds > 0 else 0.0
    return {"ttftSeconds": round(first - started, 3), "tokensPerSecond": round(rate, 1)}


def on_gpu() -> None:
    """vLLM's CUDA build does not start without a GPU; the others fall back to the processor without a word."""
    if os.environ.get("DEVICE") != "gpu" or engine == "vllm":
        return
    with ask("/api/ps" if engine == "ollama" else "/health") as response:
        state = json.load(response)
    if engine == "ollama":
        slow = [entry["name"] for entry in state["models"] if entry["size_vram"] < entry["size"]]
        if slow or not state["models"]:
            raise NoAnswer(f"not all of {', '.join(slow) or 'the model'} is in GPU memory: a GPU was planned")
    elif state.get("device") != "cuda":
        raise NoAnswer(f"the server runs on {state.get('device')}: a GPU was planned")


def tell(message: str) -> None:
    print(message, flush=True)
    with open(os.environ.get("TERMINATION_LOG", "/dev/termination-log"), "w") as log:
        log.write(message)


def fitting(measured: dict) -> str:
    """As text of at most 4096 bytes, which is all that Kubernetes keeps; of many names, the last are left out."""
    shown = dict(measured)
    while len(text := json.dumps(shown, separators=(",", ":"))) > 4096:
        shown.popitem()
    return text


deadline = time.monotonic() + patience
while True:
    try:
        listed()
        measured = {model: measure(model) for model in models}
        on_gpu()
        every_pod()
        break
    except (NoAnswer, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        tell(f"not verified: {error}")
        left = deadline - time.monotonic()
        if left <= 0:
            sys.exit(1)
        time.sleep(min(2, left))
tell(fitting(measured))
