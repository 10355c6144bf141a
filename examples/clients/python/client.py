"""Asks a model with the official client: chat, stream, embeddings or tools.

OPENAI_BASE_URL and OPENAI_API_KEY say where, MODEL which; SSL_CERT_FILE names the certificate of a gateway that made its own.
"""

import json
import os
import sys

from openai import APIError, OpenAI

client = OpenAI(timeout=300)
model = os.environ["MODEL"]

MULTIPLY = {
    "type": "function",
    "function": {
        "name": "multiply",
        "description": "The product of two integers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


def chat(text):
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], max_tokens=64, temperature=0)
    print(answer.choices[0].message.content)


def stream(text):
    messages = [{"role": "user", "content": text}]
    for event in client.chat.completions.create(model=model, messages=messages, max_tokens=64, temperature=0, stream=True):
        if event.choices:
            print(event.choices[0].delta.content or "", end="", flush=True)
    print()


def embeddings(text):
    print(len(client.embeddings.create(model=model, input=text).data[0].embedding))


def tools(text):
    """Runs what the model calls, and asks again with the results until it calls nothing more, five times at most."""
    messages = [{"role": "user", "content": text}]
    for _ in range(5):
        answer = client.chat.completions.create(model=model, messages=messages, tools=[MULTIPLY], max_tokens=64, temperature=0)
        said = answer.choices[0].message
        if not said.tool_calls:
            print(said.content)
            return
        messages.append(said.model_dump(exclude_none=True))
        for call in said.tool_calls:
            numbers = json.loads(call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": str(numbers["a"] * numbers["b"])})
    sys.exit("the model went on calling tools")


COMMANDS = {"chat": chat, "stream": stream, "embeddings": embeddings, "tools": tools}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in COMMANDS:
        sys.exit("usage: client.py chat|stream|embeddings|tools TEXT")
    try:
        COMMANDS[sys.argv[1]](sys.argv[2])
    except APIError as error:
        sys.exit(f"{model} did not answer: {error}")
