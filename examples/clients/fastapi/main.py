"""A service that has a model summarise texts: POST /summaries {"text": …}, and with ?stream=1 as plain text while it is written.

The key stays here: who asks this service needs none. OPENAI_BASE_URL, OPENAI_API_KEY and MODEL as for the client.
Start it with: uvicorn main:app --port 8000
"""

import logging
import os
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import JSONResponse, StreamingResponse
from openai import APIError, AsyncOpenAI, RateLimitError
from pydantic import BaseModel, StringConstraints

app = FastAPI()
client = AsyncOpenAI(timeout=60, max_retries=2)
model = os.environ["MODEL"]
log = logging.getLogger("uvicorn.error")


class Asked(BaseModel):
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


def request(text):
    messages = [{"role": "user", "content": f"Summarise in one sentence:\n\n{text}"}]
    return {"model": model, "messages": messages, "max_tokens": 64, "temperature": 0}


@app.exception_handler(APIError)
async def refuse(_, error):
    """Whoever asks learns whether to come back, and nothing of what is behind this service."""
    log.error("%s", error)
    if isinstance(error, RateLimitError):
        retry_after = error.response.headers.get("retry-after", "10")
        return JSONResponse({"error": "too many requests at the moment"}, 503, headers={"Retry-After": retry_after})
    return JSONResponse({"error": "the model did not answer"}, 502)


@app.get("/healthz")
async def healthz():
    return {"ok": True}


@app.post("/summaries")
async def summaries(asked: Asked, stream: bool = False):
    if not stream:
        answer = await client.chat.completions.create(**request(asked.text))
        return {"summary": answer.choices[0].message.content}
    # asked before the first byte is sent, so that a refusal still has its status
    events = await client.chat.completions.create(**request(asked.text), stream=True)

    async def parts():
        async with events:  # who hangs up is not waited for: the model stops
            async for event in events:
                yield event.choices[0].delta.content or "" if event.choices else ""

    return StreamingResponse(parts(), media_type="text/plain")
