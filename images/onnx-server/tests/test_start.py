"""From the command line to a server that is ready, or to the one line that says why not."""

import hashlib
import json
import os
import shutil
import socket
from pathlib import Path

import pytest
from conftest import MODEL, ROOT, lines

HELD = (str(ROOT / "tests" / "held_load.py"),)


def test_health_tells_the_model_and_its_device_and_is_503_before_it_is_loaded(start, tmp_path):
    go = tmp_path / "go"
    server = start("--provider", "cpu", program=HELD, WAIT_FOR=str(go))
    code, body = server.until(lambda: (answer := server.get("/health"))[0] and answer)
    assert (code, json.loads(body)) == (503, {"status": "loading", "model": "smollm2", "device": None})
    code, body = server.get("/v1/models")
    assert (code, json.loads(body)["error"]["code"]) == (503, "not_ready")
    go.touch()
    assert json.loads(server.ready().get("/health")[1]) == {"status": "ready", "model": "smollm2", "device": "cpu"}


def test_a_server_that_still_loads_ends_at_a_signal(start, tmp_path):
    server = start(program=HELD, WAIT_FOR=str(tmp_path / "never"))
    server.until(lambda: server.get("/health")[0] == 503)
    assert server.stop()[0] == 0


def fails(server) -> str:
    code, _, err = server.stop(0)
    assert code == 2 and len(err.splitlines()) == 1, err
    return err


def test_a_corrupt_file_is_named_with_both_hashes(start, tmp_path):
    copy, manifest = tmp_path / "model", tmp_path / "SHA256SUMS"
    shutil.copytree(MODEL, copy)
    good = hashlib.sha256((copy / "model.onnx").read_bytes()).hexdigest()
    manifest.write_text(f"{good}  model.onnx\n")
    with (copy / "model.onnx").open("r+b") as file:
        file.truncate(1000)
    bad = hashlib.sha256((copy / "model.onnx").read_bytes()).hexdigest()
    line = fails(start("--sha256-manifest", str(manifest), model=copy))
    assert str(copy / "model.onnx") in line and good in line and bad in line


WEIGHTS = "model.onnx.data"


def copy(file: Path, target: Path) -> None:
    """A hard link where it can be: the library refuses weights behind a symbolic one."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copy(file, target)


@pytest.mark.parametrize(("name", "kept"), [("genai_config.json", 0.5), ("model.onnx", 0.5), (WEIGHTS, 0), (WEIGHTS, 0.5), (WEIGHTS, 0.99), ("tokenizer.json", 0.5), ("tokenizer_config.json", 0.5)])
def test_a_truncated_file_is_one_line_with_its_name(start, tmp_path, name, kept):
    for file in MODEL.iterdir():
        if file.name != name:
            copy(file, tmp_path / file.name)
    content = (MODEL / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept)])
    assert f"{tmp_path / name}: " in fails(start(model=tmp_path))


def test_a_missing_folder_is_one_line(start, tmp_path):
    assert f"{tmp_path}/none: no such folder" in fails(start(model=tmp_path / "none"))


def test_all_bad_options_are_told_at_once(start):
    code, _, err = start("--max-slots", "0", "--provider", "tpu", ONNX_SERVER_MAX_QUEUE="many").stop(0)
    assert code == 2
    assert err.splitlines() == [
        "onnx-server: --provider: must be one of model, cpu, cuda, got 'tpu'",
        "onnx-server: --max-slots: must be from 1 to 256, got 0",
        "onnx-server: ONNX_SERVER_MAX_QUEUE: must be a whole number from 0 to 10000, got 'many'",
    ]


def test_a_port_that_is_taken_is_one_line(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"--port {port}: cannot be listened on: Address already in use" in fails(start("--port", str(port)))


def test_cuda_without_cuda_is_one_line(start):
    assert "--provider cuda: this build of onnxruntime-genai has no CUDA" in fails(start("--provider", "cuda"))


def test_a_warm_up_comes_before_ready_and_is_not_counted_as_a_request(start):
    server = start().ready()
    assert server.metric("onnx_model_load_seconds") > server.metric("onnx_warmup_seconds") > 0
    assert server.metric("onnx_generation_tokens_total") == server.metric("onnx_time_to_first_token_seconds_count") == 0
    [ready] = lines(server.stop()[1], "ready")
    assert ready["warmup_seconds"] > 0 and ready["device"] == "cpu"
