import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labImage, onDemand } from "../../lab/images-on-demand";
import { type Outputs, Stack } from "../../tools/lib/stack";
import { askPython, askTypeScript } from "../support/clients";
import { kubectl, labEnvironment } from "../support/lab";

const name = "engines-test";
const engines = ["onnx", "vllm", "ollama"] as const;

/** One model of one environment; between engines a single word changes. */
const environment = (engine: string) =>
  labEnvironment(name, (settings) => {
    settings["slm:models"] = {
      smollm2: {
        engine,
        model: "smollm2-135m-instruct",
        cpu: true,
        contextTokens: 1024,
        cpuCores: 0.2,
        enforceEager: true,
        coldStart: { loadSeconds: 900 }, // two cores that are busy with everything else
        weights: {
          onnx: { kind: "image", image: "smollm2-onnx" },
          vllm: { kind: "image", image: "smollm2-hf" },
          ollama: { kind: "image", image: "smollm2-gguf", path: "smollm2-135m-instruct-q4_1.gguf" },
        },
      },
    };
  });

const destroy = async () => (await Stack.open(environment("onnx"))).destroy();
const outputs: Outputs[] = [];
beforeAll(async () => {
  for (const image of onDemand) await labImage(image);
  await destroy(); // what a failed run of these tests left
});
afterAll(destroy);

describe.each(engines)("%s, by one word in the environment file", (engine) => {
  let stack: Stack;
  const pods = async () =>
    JSON.parse(await kubectl("get", "pods", "--namespace", name, "--selector", `app.kubernetes.io/name=${engine}`, "--output=json")).items;

  beforeAll(async () => {
    stack = await Stack.open(environment(engine));
    await stack.up();
    outputs.push(await stack.outputs());
  }, 1_800_000);

  it("keeps the URL", () => {
    expect(outputs.at(-1)!.endpoints).toEqual({ smollm2: `http://smollm2.${name}.svc.cluster.local/v1` });
    expect(outputs.at(-1)!.addresses).toEqual(outputs[0]!.addresses);
  });

  it.each([
    ["TypeScript", askTypeScript],
    ["Python", askPython],
  ] as const)("answers the official client for %s, at once and streamed", async (_language, ask) => {
    const { models, text, streamed, parts } = await ask(outputs.at(-1)!.addresses["smollm2"]!, "smollm2");
    expect(models.map((id) => id.replace(":latest", ""))).toEqual(["smollm2"]);
    expect(text).toContain("Paris");
    expect(streamed).toContain("Paris");
    expect(parts).toBeGreaterThan(2);
  });

  it("was measured by the verifier in the cluster", () => {
    const { ttftSeconds, tokensPerSecond } = outputs.at(-1)!.verification["smollm2"]!["smollm2"]!;
    expect([ttftSeconds > 0, tokensPerSecond > 0]).toEqual([true, true]);
  });

  it("was not killed while it loaded, however long that took, and runs alone and not as root", async () => {
    const [pod, ...others] = await pods();
    expect(others).toEqual([]);
    expect(pod.status.containerStatuses[0].restartCount).toBe(0);
    const container = pod.spec.containers[0].name;
    expect(await kubectl("exec", "--namespace", name, pod.metadata.name, `--container=${container}`, "--", "id", "-u")).toBe("65532");
    const all = JSON.parse(await kubectl("get", "pods", "--namespace", name, "--output=json")).items;
    const leaving = all.filter(({ metadata }: { metadata: { deletionTimestamp?: string } }) => metadata.deletionTimestamp === undefined);
    expect(leaving.map(({ metadata }: { metadata: { labels: object } }) => metadata.labels)).toHaveLength(2); // server and verifier
  });

  it("is at most eight Kubernetes objects", async () => {
    const { deployment } = await stack.export();
    const objects = deployment.resources!.filter(({ urn }) => /\$kubernetes:.*::smollm2-/.test(urn));
    expect(objects.length).toBeGreaterThan(2);
    expect(objects.length).toBeLessThanOrEqual(8);
  });
});
