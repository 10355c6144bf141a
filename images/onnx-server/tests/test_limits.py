"""Bounds, cancellation, drain and start: each with a server of its own."""

import hashlib
import shutil
import threading
import time

import openai
import pytest
from conftest import MODEL

LONG = {"model": "smollm2", "prompt": "Count: 1 2 3 4 5 6 7 8", "temperature": 0, "max_tokens": 1500}


def stream(server, **more):
    return server.client.completions.create(**{**LONG, **more}, stream=True)


def test_a_full_queue_gives_429_with_retry_after(start):
    server = start("--max-slots", "1", "--max-queue", "0").ready()
    running = stream(server)
    next(iter(running))
    with pytest.raises(openai.RateLimitError) as refused:
        server.client.completions.create(**LONG)
    assert refused.value.response.headers["retry-after"] == "1"
    assert server.metric("onnx_request_rejected_total", reason="queue_full") == 1
    running.close()


@pytest.mark.parametrize("streaming", [True, False])
def test_a_client_that_leaves_frees_its_slot(start, streaming):
    server = start("--max-slots", "1").ready()
    if streaming:
        running = stream(server)
        next(iter(running))
        running.close()
    else:
        with pytest.raises(openai.APITimeoutError):
            server.client.with_options(timeout=0.5).completions.create(**LONG)
    server.until(lambda: server.metric("onnx_num_requests_running") == 0, seconds=2)
    assert server.metric("onnx_request_success_total", finished_reason="abort") == 1
    assert server.metric("onnx_generation_tokens_total") < 1500


def test_a_request_beyond_its_timeout_gets_504(start):
    with pytest.raises(openai.InternalServerError) as late:
        start("--request-timeout", "0.5").ready().client.completions.create(**LONG)
    assert late.value.status_code == 504


def test_metrics_count_what_was_served(start):
    server = start().ready()
    assert server.metric("onnx_prompt_tokens_total") == 0
    used = server.client.completions.create(**{**LONG, "max_tokens": 7}).usage
    assert server.metric("onnx_prompt_tokens_total") == used.prompt_tokens > 0
    assert server.metric("onnx_generation_tokens_total") == used.completion_tokens == 7
    assert server.metric("onnx_time_to_first_token_seconds_count") == 1
    assert server.metric("onnx_inter_token_latency_seconds_count") == 6
    assert server.metric("onnx_request_success_total", finished_reason="length") == 1


def test_a_drain_finishes_what_runs_refuses_what_comes_and_exits_0(start):
    server = start().ready()
    texts = []
    running = stream(server, max_tokens=400)
    next(iter(running))
    reader = threading.Thread(target=lambda: texts.extend(chunk.choices[0].finish_reason for chunk in running))
    reader.start()
    server.process.terminate()
    server.until(lambda: server.get("/health")[0] == 503, seconds=5)
    with pytest.raises(openai.InternalServerError, match="draining"):
        server.client.completions.create(**LONG)
    reader.join(timeout=30)
    assert texts[-1] == "length"
    assert server.stop()[0] == 0


def test_a_drain_ends_at_its_timeout(start):
    server = start("--shutdown-timeout", "0.5").ready()
    running = stream(server, max_tokens=4000)
    next(iter(running))
    began = time.monotonic()
    server.process.terminate()
    with pytest.raises(openai.APIError, match="shutting down"):
        list(running)
    assert server.stop()[0] == 0 and time.monotonic() - began < 8


def test_health_is_503_before_the_model_is_loaded(start):
    server = start()
    seen = []
    server.until(lambda: seen.append(server.get("/health")[0]) or 200 in seen)
    assert 503 in seen and seen.index(503) < seen.index(200)


def test_a_large_body_is_refused(start):
    server = start("--max-body-bytes", "2048").ready()
    with pytest.raises(openai.APIStatusError) as refused:
        server.client.completions.create(**{**LONG, "prompt": "x" * 3000})
    assert refused.value.status_code == 413


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


def test_a_truncated_model_without_a_manifest_is_one_line(start, tmp_path):
    shutil.copytree(MODEL, tmp_path / "model")
    with (tmp_path / "model" / "model.onnx").open("r+b") as file:
        file.truncate(1000)
    assert "cannot be loaded" in fails(start(model=tmp_path / "model"))


def test_a_missing_folder_and_a_bad_option_are_one_line(start, tmp_path):
    assert f"{tmp_path}/none: no such folder" in fails(start(model=tmp_path / "none"))
    assert "--max-slots: must be from 1 to 256, got 0" in fails(start("--max-slots", "0"))


def test_the_prompt_is_never_logged(start):
    server = start().ready()
    server.client.completions.create(**{**LONG, "prompt": "sesame-4711", "max_tokens": 2})
    _, out, err = server.stop()
    assert "sesame" not in out + err and '"request_id"' in out
