import { describe, expect, it } from "vitest";
import type { z } from "zod";

import type { EngineRelease } from "../../../lib/engines/metric-roles";
import * as limits from "../../../lib/monitoring/limits";
import { defaultObjectives, latencyFault, objectiveRatio } from "../../../lib/monitoring/objectives";

/** What is wrong with a value; "" when nothing is. */
const faultOf = (schema: z.ZodType, value: unknown): string =>
  (schema.safeParse(value).error?.issues ?? []).map(({ message }) => message).join("; ");
const url = { secret: "oncall", key: "url" };
const mail = { kind: "email", to: "a@b", from: "c@d", smarthost: "mail:587" };

describe("a value at each side of its bound", () => {
  const roomy = "must be at most 8 GiB, 80 % of the volume of 10 GiB; enlarge the volume or keep less";
  it.each<[string, z.ZodType, unknown, string]>([
    ["days", limits.retentionDays, 1, ""],
    ["days", limits.retentionDays, 730, ""],
    ["days", limits.retentionDays, 0, "must be at least 1 day"],
    ["days", limits.retentionDays, 731, "must be at most 730 days"],
    ["days", limits.retentionDays, 1.5, "must be a whole number of days"],
    ["size", limits.retentionGib(10), 8, ""],
    ["size", limits.retentionGib(10), 0.1, ""],
    ["size", limits.retentionGib(10), 8.1, roomy],
    ["size", limits.retentionGib(10), 0.05, "must be at least 0.1 GiB"],
    ["objective", objectiveRatio, 0.0001, ""],
    ["objective", objectiveRatio, 0.9999, ""],
    ["objective", objectiveRatio, 0, "must be above 0 and below 1"],
    ["objective", objectiveRatio, 1, "must be above 0 and below 1"],
    ["share of traces", limits.traces, { ratio: 1 }, ""],
    ["share of traces", limits.traces, { ratio: 0.0001 }, ""],
    ["share of traces", limits.traces, {}, ""],
    ["share of traces", limits.traces, { ratio: 1.01 }, "must be at most 1, which keeps every trace"],
    ["share of traces", limits.traces, { ratio: 0 }, "must be above 0; leave traces out for none"],
  ])("%s: %#", (_what, schema, value, fault) => expect(faultOf(schema, value)).toBe(fault));

  it("the size that fits is cut to a tenth of a GiB, never rounded up", () => {
    expect([1, 7, 10, 33].map(limits.usableGib)).toEqual([0.8, 5.6, 8, 26.4]);
  });
});

describe("a receiver", () => {
  it.each<[object, string]>([
    [{ kind: "webhook", url }, ""],
    [{ kind: "teams", url }, ""],
    [{ kind: "slack", url, channel: "#slm" }, ""],
    [{ kind: "slack", url, channel: "" }, "must name a channel"],
    [mail, ""],
    [{ ...mail, username: "u", password: { secret: "mail", key: "password" } }, ""],
    [{ ...mail, to: "nobody" }, "must be a mail address"],
    [{ ...mail, from: "no body@x" }, "must be a mail address"],
    [{ ...mail, smarthost: "mail" }, "must be host:port"],
    [{ ...mail, smarthost: "smtp://mail:587" }, "must be host:port"],
    [{ ...mail, smarthost: "mail:smtp" }, "must be host:port"],
    [{ kind: "webhook", url: { secret: "oncall", key: "a b" } }, "must be a key of a Secret"],
    [{ kind: "pagerduty", routingKey: url }, ""],
    [{ kind: "webhook", url, channel: "#slm" }, 'Unrecognized key: "channel"'],
  ])("%j: %s", (value, fault) => expect(faultOf(limits.receiver, value)).toBe(fault));

  it.each(["webhook", "slack", "teams"])("takes no address of %s in clear", (kind) => {
    expect(faultOf(limits.receiver, { kind, url: "https://hooks.example/T0/B0", channel: "#slm" })).toMatch(/expected object/);
  });

  it("is one of those that there are", () => {
    expect(faultOf(limits.receiverName(["a", "b"]), "b")).toBe("");
    expect(faultOf(limits.receiverName(["a", "b"]), "c")).toBe("must be one of the receivers: a, b");
    expect(faultOf(limits.receiverName([]), "c")).toBe("must be one of the receivers: there are none");
  });
});

describe("a target of logs", () => {
  const otlp = { kind: "otlp", endpoint: "https://logs.example" };
  const headers = { authorization: { secret: "logs", key: "header" } };
  it.each<[object, string]>([
    [otlp, ""],
    [{ ...otlp, endpoint: "http://logs.example" }, ""],
    [{ ...otlp, headers }, ""],
    [{ ...otlp, headers: { "X-Scope-OrgID": headers.authorization } }, ""],
    [{ ...otlp, endpoint: "http://logs.example", headers }, "must be https where headers are sent"],
    [{ ...otlp, endpoint: "ftp://logs.example" }, "must be a URL of http or https"],
    [{ ...otlp, headers: { "a b": headers.authorization } }, "Invalid key in record"],
    [{ kind: "files" }, ""],
    [{ kind: "files", storageGib: 4096, keepDays: 730 }, ""],
    [{ kind: "files", storageGib: 0 }, "must be at least 1 GiB"],
    [{ kind: "files", keepDays: 731 }, "must be at most 730 days"],
  ])("%j: %s", (value, fault) => expect(faultOf(limits.logTarget, value)).toBe(fault));
});

describe("an objective of the first token", () => {
  const nearest = (a: number, b: number) => `must be a bound of the histogram's buckets, the nearest are ${a} and ${b}`;
  it.each<[EngineRelease, number, string | undefined]>([
    [{ engine: "vllm", version: "0.33.0" }, 0.75, undefined],
    [{ engine: "vllm", version: "0.10.2" }, 2560, undefined],
    [{ engine: "vllm", version: "0.33.0" }, 0.3, nearest(0.25, 0.5)],
    [{ engine: "vllm", version: "0.33.0" }, 0.0001, nearest(0.001, 0.005)],
    [{ engine: "vllm", version: "0.33.0" }, 100_000, nearest(640, 2560)],
    // By ratio, as buckets grow: by difference 80 would be nearer than 640.
    [{ engine: "vllm", version: "0.33.0" }, 300, nearest(160, 640)],
    [{ engine: "onnx", version: "0.18.0" }, 2.5, undefined],
    [{ engine: "onnx", version: "0.18.0" }, 0.75, nearest(0.5, 1)],
    [{ engine: "ollama", version: "0.32.15" }, 1, "ollama 0.32.15 does not measure the time to the first token: leave the objective out"],
  ])("%o within %d s: %s", (release, seconds, fault) => expect(latencyFault(release, "firstToken", seconds)).toBe(fault));

  it.each<[EngineRelease, number, string | undefined]>([
    [{ engine: "vllm", version: "0.33.0" }, 0.05, undefined],
    [{ engine: "vllm", version: "0.33.0" }, 0.06, nearest(0.05, 0.075)],
    [{ engine: "vllm", version: "0.10.2" }, 0.05, "vllm 0.10.2 does not measure the time per output token: leave the objective out"],
    [{ engine: "onnx", version: "0.18.0" }, 0.2, undefined],
    [{ engine: "ollama", version: "0.32.15" }, 0.2, "ollama 0.32.15 does not measure the time per output token: leave the objective out"],
  ])("of tokens, %o within %d s: %s", (release, seconds, fault) =>
    expect(latencyFault(release, "timePerOutputToken", seconds)).toBe(fault),
  );

  it("by default is a bucket of every engine that measures it", () => {
    expect(defaultObjectives).toEqual({ availability: 0.99, firstToken: { seconds: 2.5, ratio: 0.95 } });
  });
});
