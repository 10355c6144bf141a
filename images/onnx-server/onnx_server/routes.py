"""The endpoints."""

import asyncio
import base64

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Shape
from .faults import ApiFault
from .generate import Stream, cancelled_with_client, whole
from .job import Job
from .schema import ChatRequest, CompletionRequest, EmbeddingRequest, Generation, parse
from .service import Service

BODY_TIMEOUT_SECONDS = 30


async def read_body(request: Request, service: Service) -> bytes:
    limit, body = service.settings.max_body_bytes, bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    service.metrics.rejected("body_too_large")
                    raise ApiFault(413, f"the body must be at most {limit} bytes", code="body_too_large")
    except TimeoutError:
        raise ApiFault(408, f"the body did not arrive within {BODY_TIMEOUT_SECONDS} s", code="body_timeout") from None
    return bytes(body)


async def answer(request: Request, service: Service, asked: Generation, job: Job, *, chat: bool) -> Response:
    shape = Shape(service.settings.served_model_name, chat)
    if asked.stream:
        return Stream(service, job, shape, bool(asked.stream_options and asked.stream_options.include_usage))
    return await whole(request, service, job, shape)


async def chat_completions(request: Request) -> Response:
    service: Service = request.app.state.service
    service.ready_backend()
    asked = parse(ChatRequest, await read_body(request, service))
    backend = service.ready_backend(asked.model)
    prompt = await asyncio.to_thread(backend.encode_chat, [message.plain() for message in asked.messages])
    return await answer(request, service, asked, service.submit(prompt, asked, asked.wanted_tokens), chat=True)


async def completions(request: Request) -> Response:
    service: Service = request.app.state.service
    service.ready_backend()
    asked = parse(CompletionRequest, await read_body(request, service))
    backend = service.ready_backend(asked.model)
    prompt = await asyncio.to_thread(backend.encode, asked.text)
    return await answer(request, service, asked, service.submit(prompt, asked, asked.wanted_tokens), chat=False)


async def embeddings(request: Request) -> Response:
    service: Service = request.app.state.service
    service.ready_backend()
    asked = parse(EmbeddingRequest, await read_body(request, service))
    service.ready_backend(asked.model)
    if service.embedder is None:
        raise ApiFault(400, "no embedding model is configured (--embedding-model-dir)", code="embeddings_not_configured")
    work = service.work()
    async with cancelled_with_client(request.receive, work):
        vectors, tokens = await service.embedder.embed(asked.texts, work)
    packed = asked.encoding_format == "base64"
    data = [{"object": "embedding", "index": index, "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode() if packed else vector.tolist()}
            for index, vector in enumerate(vectors)]
    return JSONResponse({"object": "list", "model": asked.model, "data": data, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})


def model_card(service: Service) -> dict:
    return {"id": service.settings.served_model_name, "object": "model", "created": service.created, "owned_by": "onnx-server",
            "max_model_len": service.ready_backend().context_tokens}


async def models(request: Request) -> Response:
    return JSONResponse({"object": "list", "data": [model_card(request.app.state.service)]})


async def model(request: Request) -> Response:
    service: Service = request.app.state.service
    service.ready_backend(request.path_params["model"])
    return JSONResponse(model_card(service))


async def health(request: Request) -> Response:
    """`device` is where the model runs, null before it is loaded."""
    service: Service = request.app.state.service
    told = {"status": service.state, "model": service.settings.served_model_name, "device": service.backend.device if service.backend else None}
    return JSONResponse(told, status_code=200 if service.healthy else 503)


async def metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


ROUTES = [
    Route("/v1/chat/completions", chat_completions, methods=["POST"]),
    Route("/v1/completions", completions, methods=["POST"]),
    Route("/v1/embeddings", embeddings, methods=["POST"]),
    Route("/v1/models", models),
    Route("/v1/models/{model:path}", model),
    Route("/health", health),
    Route("/metrics", metrics),
]
