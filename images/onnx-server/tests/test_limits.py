"""Bounds, cancellation and logs: each with a server of its own."""

import json
import threading

import openai
import pytest
from conftest import MODEL, ROOT, lines

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


@pytest.fixture
def embedding(start):
    """A server whose one place for embeddings is taken; ends the request with its own timeout."""
    server = start("--embedding-model-dir", str(MODEL), "--max-queue", "0", "--request-timeout", "10").ready()
    many = threading.Thread(target=lambda: pytest.raises(openai.APIError, embed, server, ["one two three four " * 200] * 256))
    many.start()
    server.until(lambda: server.metric("onnx_num_embedding_requests_running") == 1)
    yield server
    many.join(timeout=30)


def embed(server, texts):
    return server.client.embeddings.create(model="smollm2", input=texts)


def test_a_full_queue_of_embeddings_gives_429_and_frees_its_place_at_the_timeout(embedding):
    with pytest.raises(openai.RateLimitError) as refused:
        embed(embedding, "hi")
    assert refused.value.response.headers["retry-after"] == "1"
    assert embedding.metric("onnx_request_rejected_total", reason="queue_full") == 1
    embedding.until(lambda: embedding.metric("onnx_num_embedding_requests_running") == 0)
    assert embedding.metric("onnx_embedding_request_success_total", finished_reason="timeout") == 1
    assert embed(embedding, "hi").usage.total_tokens == embedding.metric("onnx_embedding_tokens_total") > 0


def test_embeddings_wait_their_turn(start):
    server = start("--embedding-model-dir", str(MODEL), "--max-queue", "1").ready()
    many = threading.Thread(target=embed, args=(server, ["one two three four " * 20] * 20))
    many.start()
    server.until(lambda: server.metric("onnx_num_embedding_requests_running") == 1)
    assert len(embed(server, "hi").data) == 1
    many.join(timeout=30)
    assert server.metric("onnx_embedding_request_latency_seconds_count") == 2
    assert server.metric("onnx_embedding_request_success_total", finished_reason="stop") == 2


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
    server.until(lambda: server.metric("onnx_num_requests_running") == 0)
    assert server.metric("onnx_request_success_total", finished_reason="abort") == 1
    assert server.metric("onnx_generation_tokens_total") < 1500


def test_a_client_that_leaves_ends_its_embeddings(start):
    server = start("--embedding-model-dir", str(MODEL)).ready()
    with pytest.raises(openai.APITimeoutError):
        server.client.with_options(timeout=1).embeddings.create(model="smollm2", input=["one two three four " * 200] * 256)
    server.until(lambda: server.metric("onnx_num_embedding_requests_running") == 0)
    assert server.metric("onnx_embedding_tokens_total") == 0
    assert server.metric("onnx_embedding_request_success_total", finished_reason="abort") == 1


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


def test_a_large_body_is_refused(start):
    server = start("--max-body-bytes", "2048").ready()
    with pytest.raises(openai.APIStatusError) as refused:
        server.client.completions.create(**{**LONG, "prompt": "x" * 3000})
    assert refused.value.status_code == 413


def test_the_prompt_is_never_logged(start):
    server = start("--embedding-model-dir", str(MODEL)).ready()
    server.client.completions.create(**{**LONG, "prompt": "sesame-4711", "max_tokens": 2}, extra_headers={"X-Request-Id": "abc-2"})
    server.client.embeddings.create(model="smollm2", input="sesame-4711")
    with pytest.raises(openai.BadRequestError):
        server.client.chat.completions.create(model="smollm2", messages=[{"role": "user", "content": "sesame-4711"}], stop="sesame", n=2)
    _, out, err = server.stop()
    assert "sesame" not in out + err
    logged = [{key: entry.get(key) for key in ("request_id", "path", "status", "completion_tokens")} for entry in lines(out, "request")]
    assert logged[0] == {"request_id": "abc-2", "path": "/v1/completions", "status": 200, "completion_tokens": 2}
    assert [entry["status"] for entry in logged] == [200, 200, 400]


def test_a_bug_is_logged_with_its_place_and_without_its_words(start):
    server = start(program=(str(ROOT / "tests" / "buggy_route.py"),)).ready()
    code, body = server.get("/v1/models")
    assert (code, json.loads(body)["error"]["message"]) == (500, "internal error")
    _, out, err = server.stop()
    assert "sesame" not in out + err
    [bug], [request] = lines(out, "unexpected error"), lines(out, "request")
    assert bug["exception"].startswith("ValueError at buggy_route.py:") and request["status"] == 500
    assert bug["request_id"] == request["request_id"]
