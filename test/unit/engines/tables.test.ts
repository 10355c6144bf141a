import { describe, expect, it } from "vitest";

import { environmentName, flag, selector } from "../../../lib/engines/accessor";
import { metricRoles } from "../../../lib/engines/metric-roles";
import { flagRenames, metricRenames } from "../../../lib/engines/renames";
import { defaultVersion, engineTable, engineTables } from "../../../lib/engines/tables";

const now = engineTable("vllm", "0.33.0");
const old = engineTable("vllm", "0.10.2");

describe("typed access", () => {
  it("gives a flag and its value as arguments", () => {
    expect(flag(now, "--kv-cache-dtype", "fp8")).toEqual(["--kv-cache-dtype", "fp8"]);
    expect(flag(now, "--max-model-len", 8192)).toEqual(["--max-model-len", "8192"]);
    expect(flag(now, "--enable-log-requests", false)).toEqual(["--no-enable-log-requests"]);
    expect(flag(now, "--enforce-eager", true)).toEqual(["--enforce-eager"]);
  });

  it("does not compile with a name or a value that the version lacks", () => {
    // @ts-expect-error removed after 0.12.0
    expect(() => flag(now, "--disable-log-requests", true)).toThrow();
    // @ts-expect-error not a choice in 0.33.0
    flag(now, "--kv-cache-dtype", "int3");
    // @ts-expect-error not a choice in 0.10.2, though it is one in 0.33.0
    flag(old, "--kv-cache-dtype", "bfloat16");
    // @ts-expect-error renamed in 0.11
    expect(() => selector(now, "vllm:gpu_cache_usage_perc")).toThrow();
    // @ts-expect-error vLLM labels its series model_name
    selector(now, "vllm:num_requests_waiting", { model: "chat" });
    // @ts-expect-error arrived after 0.10.2
    expect(() => flag(old, "--shutdown-timeout", 45)).toThrow("vllm 0.10.2 has no flag --shutdown-timeout");
    // @ts-expect-error no such variable
    environmentName(now, "VLLM_NOT_A_VARIABLE");
  });

  it("writes selectors with the series name that is on the wire", () => {
    expect(selector(now, "vllm:num_requests_waiting", { model_name: "chat" })).toBe('vllm:num_requests_waiting{model_name="chat"}');
    expect(selector(now, "vllm:prefix_cache_hits")).toBe("vllm:prefix_cache_hits_total");
    expect(selector(old, "vllm:gpu_prefix_cache_hits")).toBe("vllm:gpu_prefix_cache_hits_total");
  });
});

describe("version tables", () => {
  it("switches names with the version", () => {
    expect(metricRoles.vllm["0.10.2"].kvCacheUsage).toBe("vllm:gpu_cache_usage_perc");
    expect(metricRoles.vllm["0.33.0"].kvCacheUsage).toBe("vllm:kv_cache_usage_perc");
    expect(now.flags).not.toHaveProperty("--disable-log-requests");
    expect(old.flags).toHaveProperty("--disable-log-requests");
    expect([old.flags["--gpu-memory-utilization"].default, now.flags["--gpu-memory-utilization"].default]).toEqual([0.9, 0.92]);
  });

  it("names renames only towards names that the newest table has, from names it lacks", () => {
    for (const [from, { now: to }] of Object.entries(flagRenames)) {
      const name = to.split(" ")[0]!.replace("--no-", "--");
      expect(Object.keys(now.flags), from).toContain(name);
      expect(Object.keys(now.flags)).not.toContain(from);
    }
    for (const [from, { now: to }] of Object.entries(metricRenames)) {
      expect(Object.keys(now.metrics), from).toContain(to);
      expect(Object.keys(now.metrics)).not.toContain(from);
    }
  });

  it("has the size of the engines' own lists, and a table for every default", () => {
    expect([Object.keys(now.flags).length, Object.keys(now.metrics).length, Object.keys(now.environment).length]).toEqual([320, 138, 318]);
    expect(Object.keys(old.flags)).toHaveLength(174);
    for (const [engine, version] of Object.entries(defaultVersion)) expect(engineTables).toHaveProperty([engine, version]);
  });
});
