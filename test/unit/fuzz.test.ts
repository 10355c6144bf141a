import fc from "fast-check";
import { expect, it } from "vitest";
import { deployablePlan, planOf } from "../../lib/environment/plan-request";
import { answer } from "../../lib/planner/estimate";
import { faultMessage } from "../../lib/planner/fault";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { type Environment, EnvironmentError, parseEnvironment } from "../../stacks/environment";
import { releaseOf } from "../../tools/promotion/release";
import { parsed } from "../support/environments";
import { prototypeNames, textPlaces, withWord, writtenEnvironments } from "../support/prototype-names";

const junk = fc.oneof(
  fc.anything({ maxDepth: 2 }),
  fc.constantFrom(-1, 0, 1e12, Number.NaN, "", "__proto__", "../../etc/passwd", "vllm", null, [], {}),
);
/** Mostly what a field may hold, and sometimes anything at all. */
const mostly = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 60, arbitrary: value }, { weight: 1, arbitrary: junk });

/** A few of the fields that an object may have, and all of those that it must. */
const few = (must: Record<string, fc.Arbitrary<unknown>>, may: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc
    .subarray(Object.keys(may), { maxLength: 3 })
    .chain((keys) => fc.record({ ...must, ...Object.fromEntries(keys.map((key) => [key, may[key]!])) }, { noNullPrototype: true }));

const digest = `r/x@sha256:${"a".repeat(64)}`;
const source = fc.oneof(
  fc.record({ kind: fc.constant("huggingFace"), repository: mostly(fc.constantFrom("org/name", "x")) }),
  fc.record({ kind: fc.constant("library"), tag: mostly(fc.constantFrom("qwen3:0.6b", "a b")) }),
  fc.record({
    kind: fc.constant("image"),
    image: fc.constantFrom(digest, "missing"),
    path: mostly(fc.constantFrom("m.gguf", "folder", "/x")),
  }),
  fc.record({ kind: fc.constant("volume"), claim: mostly(fc.constantFrom("models", "Not A Label")) }),
  fc.record({ kind: fc.constant("baked"), path: mostly(fc.constantFrom("/m.gguf", "m")) }),
);
const model = few(
  {
    engine: mostly(fc.constantFrom("vllm", "ollama", "onnx")),
    model: mostly(fc.constantFrom("qwen3-0.6b", "Qwen/Qwen3-8B", "phi-4-mini-instruct", "gemma-3-1b-it", "qwen3-9b")),
  },
  {
    weights: mostly(fc.record({ vllm: source, ollama: source, onnx: source }, { requiredKeys: [] })),
    contextTokens: mostly(fc.constantFrom(2048, 8192, 8192, 1_000_000)),
    concurrency: mostly(fc.integer({ min: 0, max: 5000 })),
    replicas: mostly(fc.constantFrom(1, 1, 2, -1)),
    gpu: mostly(fc.constantFrom("a100", "t4", "b9000")),
    size: mostly(fc.constantFrom("Standard_NC4as_T4_v3", "Standard_None")),
    cpu: mostly(fc.boolean()),
    quantization: mostly(fc.constantFrom("awq", "Q4_K_M", "zip")),
    kvCacheDtype: mostly(fc.constantFrom("auto", "fp8", "zip")),
    engineVersion: mostly(fc.constantFrom("0.33.0", "0.10.2", "9")),
    extraArgs: mostly(fc.array(fc.constantFrom("--seed", "7", "--disable-log-requests", "--model=x", "---", "-"), { maxLength: 3 })),
    memoryMib: mostly(fc.integer({ min: 200, max: 4096 })),
    vllm: mostly(fc.record({ adapters: fc.constant({ a: { source: { kind: "baked", path: "/a" }, rank: 8 } }) }, { requiredKeys: [] })),
    ollama: mostly(fc.record({ additionalModels: fc.constant({ b: { model: "qwen3-1.7b" } }), system: fc.string() }, { requiredKeys: [] })),
  },
);
const environment = few(
  {
    models: mostly(
      fc.dictionary(fc.constantFrom("chat", "code", "Bad Name"), mostly(model), { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
    ),
  },
  {
    target: mostly(fc.constantFrom("kubernetes", "azure")),
    region: mostly(fc.constantFrom("eastus", "nowhere")),
    pools: mostly(
      fc.array(fc.record({ size: fc.constantFrom("Standard_NC4as_T4_v3", "x"), maxNodes: fc.integer({ min: -1, max: 9 }) }), {
        maxLength: 2,
      }),
    ),
    allowedLicences: mostly(fc.array(fc.constantFrom("mit", "apache-2.0"), { maxLength: 2 })),
    clients: mostly(fc.array(fc.constantFrom({ namespace: "a" }, { cidr: "10.0.0.0/8" }, { cidr: "x" }), { maxLength: 2 })),
    hfToken: mostly(fc.constant({ env: "HF_TOKEN" })),
  },
);

/** Cases of each property; more by hand. */
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 1000);
const timeout = 60_000 * Math.ceil(numRuns / 1000);

/** Each file has a plan that passes `check`, or is invalid in words that match; of each outcome there are enough. */
function planOrMessage(
  files: fc.Arbitrary<unknown>,
  invalid: RegExp,
  check: (environment: Environment, planned: EnvironmentPlan, raw: unknown) => void,
): void {
  const seen = { planned: 0, refused: 0, invalid: 0 };
  fc.assert(
    fc.property(files, (raw) => {
      try {
        const environment = parseEnvironment("fuzz", raw, "it");
        const planned = planOf(environment);
        seen[planned.faults.length > 0 ? "refused" : "planned"] += 1;
        check(environment, planned, raw);
      } catch (error) {
        if (!(error instanceof EnvironmentError)) throw error; // a bug of ours: its stack would reach the user
        seen.invalid += 1;
        expect(error.message).toMatch(invalid);
      }
    }),
    { numRuns },
  );
  expect(Math.min(seen.planned, seen.refused, seen.invalid), JSON.stringify(seen)).toBeGreaterThan(20);
}

it(
  "environment files have a plan or a clear message, whatever they hold",
  () =>
    planOrMessage(environment, /is invalid:\n✖ /, (file, planned) => {
      for (const fault of deployablePlan(file, planned).faults) expect(faultMessage(fault)).toMatch(/^\S.*: .+, got [\s\S]+; .+/);
    }),
  timeout,
);

const places = textPlaces();
/** Most places are deep in sections of which one form is written; these are in all of them. */
const shallow = places.filter(({ path }) => path.length <= 3);
const place = fc.oneof(fc.constantFrom(...places), fc.constantFrom(...shallow));
const word = fc.constantFrom(...prototypeNames);
const misnamed = fc
  .tuple(fc.constantFrom(...writtenEnvironments), fc.array(fc.tuple(place, word, fc.nat({ max: 3 })), { minLength: 1, maxLength: 2 }))
  .map(([document, changes]) => changes.reduce<unknown>((all, [where, name, at]) => withWord(all, where, name, at), document));

it.each(writtenEnvironments.map((raw, index) => [index, raw]))("environment %i is right before its words are changed", (_, raw) => {
  expect(planOf(parsed(raw)).faults).toEqual([]);
});

it(
  "a word that every object answers to is reported as any other that is wrong, wherever it stands",
  () =>
    planOrMessage(misnamed, /is invalid:\n✖ |it names \S+: /, (file, planned, raw) => {
      const { faults } = deployablePlan(file, planned);
      const reported = [JSON.stringify(planned), JSON.stringify(releaseOf(file, planned)), ...faults.map(faultMessage)].join("\n");
      expect(reported).not.toMatch(/native code|\[object|"usdPer\w+":null|NaN/);
      expect(JSON.stringify(raw)).not.toContain('"__proto__":');
    }),
  timeout,
);

it.each(["model", "gpu", "engineVersion", "dtype", "quantization", "kvCacheDtype", "engine"])(
  "a question's %s may be such a word, and is reported as any other that is wrong",
  (field) => {
    for (const name of prototypeNames)
      for (const engine of ["vllm", "ollama", "onnx"]) {
        const { faults } = answer({ model: "qwen3-8b", gpu: "l4", engine, [field]: name }) as {
          faults: readonly Parameters<typeof faultMessage>[0][];
        };
        expect(faults.map(faultMessage).join("\n")).toMatch(new RegExp(`^${field}: .*${name}`, "m"));
      }
  },
);
