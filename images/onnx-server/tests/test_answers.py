"""What clients get, through the official client."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime_genai as og
import openai
import pytest
from conftest import MODEL

CAPITAL = [{"role": "user", "content": "What is the capital of France?"}]


def ask(server, **more):
    return server.client.chat.completions.create(model="smollm2", messages=CAPITAL, **{"temperature": 0, "max_tokens": 12, **more})


def test_chat_names_the_capital(server):
    answer = ask(server)
    assert "Paris" in answer.choices[0].message.content
    assert (answer.choices[0].finish_reason, answer.usage.completion_tokens) == ("length", 12)


def test_streamed_text_and_usage_are_those_of_the_whole_answer(server):
    whole = ask(server)
    chunks = list(ask(server, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole.choices[0].message.content
    assert len(chunks) > 5
    assert chunks[-1].usage == whole.usage and chunks[-2].choices[0].finish_reason == "length"


def test_a_stop_sequence_ends_the_answer_and_is_not_sent(server):
    text = "".join(chunk.choices[0].delta.content or "" for chunk in ask(server, stop=" Paris", stream=True))
    assert text == "The capital of France is"
    assert ask(server, stop=[" Paris"]).choices[0].finish_reason == "stop"


def test_a_completion_goes_on_from_its_prompt(server):
    prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    answer = server.client.completions.create(model="smollm2", prompt=prompt, temperature=0)
    assert "Paris" in answer.choices[0].text
    assert answer.usage.completion_tokens <= 16


def test_a_seed_repeats_and_another_differs(server):
    texts = [ask(server, temperature=1.5, seed=seed, max_tokens=24).choices[0].message.content for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]


def test_concurrent_answers_are_those_of_single_ones(server):
    alone = ask(server).choices[0].message.content
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(server).choices[0].message.content, range(8)))
    assert answers == [alone] * 8


def test_a_prompt_read_in_small_chunks_gives_the_same_answer(server, start):
    small = start("--prefill-chunk-tokens", "16").ready()
    assert ask(small).choices[0].message.content == ask(server).choices[0].message.content


def test_embeddings_tell_near_from_far(server):
    data = server.client.embeddings.create(model="smollm2", input=["a small cat", "a little cat", "stock market prices fell"]).data
    near, far = (sum(a * b for a, b in zip(data[0].embedding, data[other].embedding)) for other in (1, 2))
    assert near > far and abs(sum(value * value for value in data[0].embedding) - 1) < 1e-3


def test_embeddings_without_a_model_are_refused(start):
    with pytest.raises(openai.BadRequestError, match="no embedding model is configured"):
        start().ready().client.embeddings.create(model="smollm2", input="hi")


@pytest.mark.parametrize(("pooling", "pool"), [("mean", lambda states: states.mean(axis=0)), ("last", lambda states: states[-1])])
def test_embeddings_pool_the_states_that_the_model_gives_for_the_whole_text(start, pooling, pool):
    text = "The quick brown fox jumps over the lazy dog. " * 20  # longer than one step of the embedder
    server = start("--embedding-model-dir", str(MODEL), "--embedding-pooling", pooling).ready()
    answer = server.client.embeddings.create(model="smollm2", input=text)
    tokens, states = hidden_states(text)
    assert answer.usage.total_tokens == len(tokens) > 128
    expected = pool(states) / np.linalg.norm(pool(states))
    assert float(expected @ np.array(answer.data[0].embedding)) > 0.999


def hidden_states(text: str):
    """From the library itself, in one step."""
    model = og.Model(str(MODEL))
    tokens = og.Tokenizer(model).encode(text)
    params = og.GeneratorParams(model)
    params.set_search_options(max_length=len(tokens) + 1)
    generator = og.Generator(model, params)
    generator.append_tokens(tokens)
    return tokens, np.array(generator.get_output("hidden_states"), dtype=np.float32)[0]


def test_models(server):
    [listed] = server.client.models.list()
    assert (listed.id, listed.object) == ("smollm2", "model") and listed.created > 0 and listed.owned_by
    assert server.client.models.retrieve("smollm2") == listed


@pytest.mark.parametrize("name", ["other", "org/other"])
def test_a_model_that_is_not_served_is_not_found_in_the_shape_of_openai(server, name):
    code, body = server.get(f"/v1/models/{name}")
    error = json.loads(body)["error"]
    assert code == 404 and name in error.pop("message")
    assert error == {"type": "invalid_request_error", "param": "model", "code": "model_not_found"}


@pytest.mark.parametrize("more", [{"logit_bias": {"1": 1}}, {"extra_body": {"tpyo": 1}}, {"n": 2}, {"tools": [{"type": "function", "function": {"name": "f"}}]}, {"temperature": 3}, {"logprobs": True}])
def test_what_would_be_ignored_is_refused_by_name(server, more):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(server, **more)
    assert refused.value.param == next(iter(more.get("extra_body", more)))


NOTHING = {"tools": [], "tool_choice": "none", "logit_bias": {}, "top_logprobs": 0, "modalities": ["text"]}


@pytest.mark.parametrize("more", [*({name: value} for name, value in NOTHING.items()), dict.fromkeys([*NOTHING, "service_tier", "tpyo", "stop", "response_format"])])
def test_what_changes_nothing_is_accepted_and_so_is_a_null_of_any_name(server, more):
    assert ask(server, extra_body=more).choices[0].message.content == ask(server).choices[0].message.content


def test_an_answer_may_be_sent_back_as_it_came(server):
    messages = [{"role": "user", "content": "Hi"}]
    kept = {"role": "assistant", "content": "Hello.", "refusal": None, "audio": None, "function_call": None, "tool_calls": [], "name": "smollm"}
    used = server.client.chat.completions.create(model="smollm2", messages=[*messages, kept, *messages], max_tokens=2).usage
    plain = [*messages, {"role": "assistant", "content": "Hello."}, *messages]
    assert used.prompt_tokens == server.client.chat.completions.create(model="smollm2", messages=plain, max_tokens=2).usage.prompt_tokens


def test_a_text_far_beyond_the_context_is_refused_by_its_beginning(server):
    with pytest.raises(openai.BadRequestError, match="has more than the") as refused:
        server.client.completions.create(model="smollm2", prompt="one two three " * 60_000)
    assert refused.value.code == "context_length_exceeded"


def test_another_model_is_not_found(server):
    with pytest.raises(openai.NotFoundError, match="smollm2"):
        server.client.completions.create(model="other", prompt="hi")


def test_a_prompt_beyond_the_context_is_refused(server):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(server, max_tokens=8192)
    assert refused.value.code == "context_length_exceeded"


def test_the_request_id_comes_back(server):
    raw = server.client.models.with_raw_response.list(extra_headers={"X-Request-Id": "abc-1"})
    assert raw.headers["x-request-id"] == "abc-1"
