import { expect, it } from "vitest";

import { flagRenames, metricRenames } from "../../../lib/engines/renames";

const now = (renames: typeof flagRenames) => Object.fromEntries(Object.entries(renames).map(([from, { now: to }]) => [from, to]));

it("names what replaced a flag, ready to paste", () => {
  expect(now(flagRenames)).toEqual({
    "--disable-log-requests": "--no-enable-log-requests",
    "--cuda-graph-sizes": "--cudagraph-capture-sizes",
    "--enable-multimodal-encoder-data-parallel": "--mm-encoder-tp-mode data",
    "--disable-mm-preprocessor-cache": "--mm-processor-cache-gb 0",
    "--num-redundant-experts": "--eplb-config",
    "--eplb-window-size": "--eplb-config",
    "--eplb-step-interval": "--eplb-config",
    "--eplb-log-balancedness": "--eplb-config",
  });
});

it("names what replaced a metric", () => {
  expect(now(metricRenames)).toEqual({
    "vllm:gpu_cache_usage_perc": "vllm:kv_cache_usage_perc",
    "vllm:gpu_prefix_cache_hits": "vllm:prefix_cache_hits",
    "vllm:gpu_prefix_cache_queries": "vllm:prefix_cache_queries",
    "vllm:time_per_output_token_seconds": "vllm:inter_token_latency_seconds",
  });
});

it("says where each is stated", () => {
  for (const [name, { source }] of Object.entries({ ...flagRenames, ...metricRenames })) expect(source, name).toMatch(/vllm/);
});
