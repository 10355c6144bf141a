"""How a server ends: by a drain, or because its engine has died."""

import http.client
import json
import threading
import time

import openai
import pytest
from conftest import MODEL, ROOT, lines

from onnx_server.service import LINGER_SECONDS

LONG = {"model": "smollm2", "prompt": "Count: 1 2 3 4 5 6 7 8", "temperature": 0, "max_tokens": 1500}
FAILING = (str(ROOT / "tests" / "failing_engine.py"),)


def stream(server, **more):
    return server.client.completions.create(**{**LONG, **more}, stream=True)


def in_thread(work) -> tuple[threading.Thread, list]:
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def error_of(work) -> openai.APIError:
    with pytest.raises(openai.APIError) as raised:
        work()
    return raised.value


def refusal(server) -> openai.APIError | None:
    """None as long as a request is still taken."""
    try:
        server.client.completions.create(model="smollm2", prompt="Hi", max_tokens=1)
    except openai.APIError as error:
        return error
    return None


def test_a_drain_answers_what_was_on_its_way_and_closes_its_connection(start):
    server = start().ready()
    connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) for _ in range(4)]
    ask = json.dumps({"model": "smollm2", "prompt": "Hi", "max_tokens": 2})
    for connection in connections:
        connection.request("GET", "/v1/models")
        assert connection.getresponse().read() and connection.sock, "the connection must be kept"
    server.process.terminate()
    server.until(lambda: server.get("/health")[0] == 503)
    for connection in connections:
        connection.request("POST", "/v1/completions", ask, {"content-type": "application/json"})
    answers = [connection.getresponse() for connection in connections]
    assert [(answer.status, answer.headers["connection"]) for answer in answers] == [(200, "close")] * 4
    assert all(answer.read() for answer in answers)
    assert server.wait()[0] == 0


def test_a_drain_finishes_what_runs_refuses_what_comes_and_exits_0(start):
    server = start("--shutdown-timeout", "120").ready()
    running = stream(server)
    next(iter(running))
    reader, reasons = in_thread(lambda: [chunk.choices[0].finish_reason for chunk in running][-1])
    server.process.terminate()
    server.until(lambda: server.get("/health")[0] == 503)
    began = time.monotonic()
    refused = server.until(lambda: refusal(server), LINGER_SECONDS + 10)
    assert time.monotonic() - began > LINGER_SECONDS - 1, "it must take requests for a while"
    assert "draining" in refused.message and refused.response.headers["connection"] == "close"
    assert reader.is_alive()
    reader.join(timeout=120)
    assert reasons == ["length"]
    assert server.wait()[0] == 0


def test_a_drain_closes_idle_connections_while_a_stream_goes_on(start):
    server = start().ready()
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    idle.request("GET", "/v1/models")
    assert idle.getresponse().read() and idle.sock, "the connection must be kept"
    running = stream(server)
    next(iter(running))
    reader, _ = in_thread(lambda: list(running))
    server.process.terminate()
    assert idle.sock.recv(1) == b"", "the server must close the idle connection"
    assert reader.is_alive(), "and not only because it ended"
    reader.join(timeout=30)


def test_a_drain_finishes_embeddings(start):
    server = start("--embedding-model-dir", str(MODEL)).ready()
    reader, answers = in_thread(lambda: server.client.embeddings.create(model="smollm2", input=["one two three four " * 20] * 20))
    server.until(lambda: server.metric("onnx_num_embedding_requests_running") == 1)
    server.process.terminate()
    reader.join(timeout=30)
    assert len(answers[0].data) == 20
    assert server.wait()[0] == 0


def test_a_drain_ends_at_its_timeout(start):
    server = start("--shutdown-timeout", "0.5").ready()
    running = stream(server, max_tokens=4000)
    next(iter(running))
    began = time.monotonic()
    server.process.terminate()
    assert "shutting down" in error_of(lambda: list(running)).message
    assert server.wait()[0] == 0 and time.monotonic() - began < 8


def test_what_a_drain_cuts_off_is_the_servers_fault_and_it_is_not_ready_meanwhile(start):
    server = start("--shutdown-timeout", "6").ready()
    assert server.metric("onnx_ready") == 1
    running = stream(server, max_tokens=4000)
    next(iter(running))
    reader, errors = in_thread(lambda: error_of(lambda: list(running)))
    server.process.terminate()
    server.until(lambda: server.metric("onnx_ready") == 0)
    server.process.terminate()  # the second signal cuts off what runs
    reader.join(timeout=30)
    assert "shutting down" in errors[0].message
    server.until(lambda: server.metric("onnx_request_success_total", finished_reason="shutdown") == 1)
    assert server.metric("onnx_request_success_total", finished_reason="abort") == 0


def test_a_dead_engine_tells_its_requests_and_ends_the_process(start):
    server = start(program=FAILING, FAIL_AFTER="60", BROKEN="1").ready()
    first, second = stream(server), stream(server)
    reader, errors = in_thread(lambda: error_of(lambda: list(second)))
    told = error_of(lambda: list(first))
    reader.join(timeout=10)
    assert {told.code, errors[0].code} in ({"engine_died"}, {"engine_error", "engine_died"})
    assert any("the server's engine has died" in error.message for error in (told, errors[0]))
    code, log, _ = server.wait()
    assert code == 1
    assert [entry["detail"] for entry in lines(log, "the engine has died, so the server ends")] == ["the device was lost"]


def test_a_step_that_fails_ends_its_request_only(start):
    server = start(program=FAILING, FAIL_AFTER="20").ready()
    failed = error_of(lambda: server.client.completions.create(**LONG))
    assert (failed.status_code, failed.code) == (500, "engine_error")
    assert server.client.completions.create(**{**LONG, "max_tokens": 5}).usage.completion_tokens == 5
    assert server.get("/health")[0] == 200
    _, log, _ = server.stop()
    [step], [request, _] = lines(log, "a step of the model failed"), lines(log, "request")
    assert step["request_id"] == request["request_id"] and request["finish_reason"] == "error"
