"""Prometheus series. Names and meanings are vLLM's, with the prefix `onnx_` for `vllm:`; all carry `model_name`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

FINISH_REASONS = ("stop", "length", "abort", "timeout", "error", "shutdown")
EMBEDDING_REASONS = ("stop", "abort", "timeout", "error", "shutdown")
REJECT_REASONS = ("queue_full", "not_ready", "invalid", "body_too_large")
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)
_STEP = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.4, 0.8, 2, 5)

disable_created_metrics()


class Metrics:
    """One registry per server, so that series exist, at zero, before the first request."""

    def __init__(self, model_name: str):
        self.registry = CollectorRegistry()
        self._name = model_name
        self._requests()
        self._embeddings()
        self.ready = self._make(Gauge, "ready", "1 while the server takes requests; 0 while it loads, drains or has failed.")
        self.load_seconds = self._make(Gauge, "model_load_seconds", "From the start of loading to ready, warm-up included.")
        self.warmup_seconds = self._make(Gauge, "warmup_seconds", "The generation that is made before the server is ready.")

    def _requests(self) -> None:
        self.first_token = self._make(Histogram, "time_to_first_token_seconds", "From arrival to the first token.", buckets=_SLOW)
        self.inter_token = self._make(Histogram, "inter_token_latency_seconds", "Between two tokens of one request.", buckets=_STEP)
        self.end_to_end = self._make(Histogram, "e2e_request_latency_seconds", "From arrival to the last token.", buckets=_SLOW)
        self.queue_time = self._make(Histogram, "request_queue_time_seconds", "From arrival to a free slot.", buckets=_SLOW)
        self.prompt_tokens = self._make(Counter, "prompt_tokens_total", "Prompt tokens processed.")
        self.generation_tokens = self._make(Counter, "generation_tokens_total", "Tokens generated.")
        self.running = self._make(Gauge, "num_requests_running", "Requests that hold a slot.")
        self.waiting = self._make(Gauge, "num_requests_waiting", "Requests that wait for a slot.")
        self._finished = self._by("request_success_total", "Finished requests by reason.", "finished_reason", FINISH_REASONS)
        self._rejected = self._by("request_rejected_total", "Requests refused before a slot, by reason.", "reason", REJECT_REASONS)

    def _embeddings(self) -> None:
        self.embedding_time = self._make(Histogram, "embedding_request_latency_seconds", "From arrival to the last vector.", buckets=_SLOW)
        self.embedding_tokens = self._make(Counter, "embedding_tokens_total", "Tokens embedded.")
        self._embedded = self._by("embedding_request_success_total", "Ended embedding requests by reason.", "finished_reason", EMBEDDING_REASONS)
        self.embedding_running = self._make(Gauge, "num_embedding_requests_running", "Embedding requests whose turn it is.")
        self.embedding_waiting = self._make(Gauge, "num_embedding_requests_waiting", "Embedding requests that wait for their turn.")

    def _make(self, kind, name: str, text: str, **more):
        return kind(f"onnx_{name}", text, ["model_name"], registry=self.registry, **more).labels(self._name)

    def _by(self, name: str, text: str, label: str, values: tuple[str, ...]) -> Counter:
        counter = Counter(f"onnx_{name}", text, ["model_name", label], registry=self.registry)
        for value in values:
            counter.labels(self._name, value)
        return counter

    def finished(self, reason: str) -> None:
        self._finished.labels(self._name, reason).inc()

    def embedded(self, reason: str) -> None:
        self._embedded.labels(self._name, reason).inc()

    def rejected(self, reason: str) -> None:
        self._rejected.labels(self._name, reason).inc()
