import { existsSync, readdirSync } from "node:fs";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { roleLabel } from "../../../components/namespace/paths";
import { fromRoot } from "../../../stacks/environment";
import { showingDownloads } from "../../../tools/lib/download-watch";
import { environmentFile, onAzure } from "../../support/environments";
import { Executables } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });
const home = vi.hoisted(() => `${process.env["TMPDIR"] ?? "/tmp"}/slm-watch-${process.pid}`);
vi.mock("../../../tools/lib/paths", async (original) => ({ ...(await original<object>()), workDir: home }));
vi.mock("node:timers/promises", async (original) => {
  const timers = await original<typeof import("node:timers/promises")>();
  const setTimeout = (milliseconds: number, value: unknown, options: object) => {
    pauses.push(milliseconds);
    return timers.setTimeout(20, value, options);
  };
  return { ...timers, setTimeout };
});

const pauses = vi.hoisted(() => [] as number[]);
const bin = new Executables();
let reported: string[] = [];
beforeEach(() => {
  bin.reset();
  bin.remove("kubectl");
  vi.stubEnv("PATH", bin.folder);
  reported = [];
  vi.spyOn(console, "error").mockImplementation((line) => void reported.push(String(line)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => bin.dispose());

const source = (raw: object = {}, state: object = {}) => ({
  environment: environmentFile("mine", { kubernetes: { context: "mine", namespace: "models" }, ...raw }),
  inLab: false,
  state: async () => state,
});
/** A cluster with one pod that downloads, whose log is this. */
const cluster = (log: string): void => {
  const pods = { items: [{ metadata: { name: "chat-download-x", labels: { "app.kubernetes.io/instance": "chat" } } }] };
  bin.add("kubectl", `case "$*" in *" get pods "*) echo '${JSON.stringify(pods)}';; *" logs "*) printf '%s\\n' '${log}';; esac`);
};
/** A run that ends once this has happened. */
const until = (happened: () => boolean) => () => vi.waitFor(() => expect(happened()).toBe(true), 20_000).then(() => "ran");

describe("while an update runs", () => {
  it("tells how far its downloads are, by the label of their pods, every ten seconds", async () => {
    cluster("weights: 10 of 40 MiB");
    expect(
      await showingDownloads(
        source(),
        until(() => bin.calls().length > 3),
      ),
    ).toBe("ran");
    expect(reported).toEqual(["downloading chat: 10 MiB of 40 MiB, 30 MiB left"]);
    const where = "kubectl --context mine --namespace models --request-timeout=5s";
    expect(bin.commands().slice(0, 2)).toEqual([
      `${where} get pods --selector=${roleLabel}=weights --field-selector=status.phase=Running --output=json`,
      `${where} logs chat-download-x --tail=20`,
    ]);
    expect(pauses[0]).toBe(10_000);
    expect(existsSync(`${home}/tmp`) ? readdirSync(`${home}/tmp`) : []).toEqual([]);
  });

  it("asks the cluster that a file describes, from the project's root", async () => {
    cluster("");
    const kubernetes = { kubeconfig: "cluster/config", namespace: "models" };
    await showingDownloads(
      source({ kubernetes }),
      until(() => bin.calls().length > 1),
    );
    expect(bin.commands()[0]).toMatch(`kubectl --kubeconfig ${fromRoot("cluster/config")} --namespace models `);
  });

  it("asks the cluster that the stack makes once its state has the way in", async () => {
    cluster("weights: 10 of 40 MiB");
    const states = [
      {},
      { resources: [{ urn: "urn:cluster", type: "pulumi:providers:kubernetes", inputs: { kubeconfig: "/made/config" } }] },
    ];
    let asked = 0;
    const stack = { ...source(onAzure()), state: async () => states[Math.min(asked++, 1)]! };
    await showingDownloads(
      stack,
      until(() => bin.calls().length > 1),
    );
    expect(asked).toBeGreaterThan(1);
    expect(bin.commands()[0]).toMatch(/^kubectl --kubeconfig \/made\/config --namespace /);
  });

  it("says nothing where the cluster does not answer yet", async () => {
    bin.add("kubectl", "echo no route >&2; exit 1");
    await showingDownloads(
      source(),
      until(() => bin.calls().length > 1),
    );
    expect([reported, bin.commands().filter((command) => !command.includes(" get pods "))]).toEqual([[], []]);
  });

  it("says that it says nothing where it does not understand an answer, and the run goes on", async () => {
    bin.add("kubectl", "echo what");
    expect(
      await showingDownloads(
        source(),
        until(() => reported.length > 0),
      ),
    ).toBe("ran");
    expect(reported).toEqual([expect.stringMatching(/^downloads are not shown: Unexpected token/)]);
  });

  it("ends with what the run ended with", async () => {
    cluster("");
    const failing = async () => Promise.reject(new Error("not verified"));
    await expect(showingDownloads(source(), failing)).rejects.toThrow("not verified");
  });
});

describe("nothing is asked", () => {
  it.each([
    ["without kubectl", false, {}],
    [
      "where nothing is downloaded",
      true,
      { models: { chat: { engine: "ollama", model: "qwen3-0.6b", weights: { ollama: { kind: "image", image: "x" } } } } },
    ],
  ])("%s", async (_when, hasKubectl, raw) => {
    if (hasKubectl) cluster("");
    expect(await showingDownloads(source(raw), () => new Promise((resolve) => setTimeout(() => resolve("ran"), 200)))).toBe("ran");
    expect([bin.commands(), reported]).toEqual([[], []]);
  });
});
