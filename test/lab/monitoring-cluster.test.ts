import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { files, network } from "../../lab/layout";
import { promisedSeconds } from "../../lib/monitoring/alerts";
import { engine } from "../../tools/lib/engine";
import { repoRoot } from "../../tools/lib/paths";
import { models } from "../support/fleet";
import { digests, kubectl } from "../support/lab";
import type { ProgramInput } from "../support/monitoring-program";
import { listen, type Sample, until } from "../support/watching";

const own = "watch-test";
const served = "watch-models-test";
const folder = path.join(files.pulumiState, "monitoring");

let hook: Awaited<ReturnType<typeof listen>>;
let env: Record<string, string>;

/** Runs the CLI on a project of its own, with the lab's state. */
async function pulumi(...args: string[]): Promise<string> {
  const { all, exitCode } = await execa("pulumi", [...args, "--non-interactive", "--color=never"], {
    cwd: folder,
    env,
    reject: false,
    all: true,
  });
  if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}:\n${all}`);
  return all!;
}

async function ask(expr: string): Promise<Sample[]> {
  const url = `/api/v1/namespaces/${own}/services/watch-prometheus:9090/proxy/api/v1/query?query=${encodeURIComponent(expr)}`;
  return JSON.parse(await kubectl("get", "--raw", url)).data.result;
}
const value = async (expr: string): Promise<number | undefined> => {
  const [sample] = await ask(expr).catch(() => []);
  return sample && Number(sample.value[1]);
};
const reported = (status: string) => () =>
  hook.notifications.find(({ status: one, labels }) => one === status && labels["alertname"] === "ModelUnreachable");

const images = async () => ({ prometheus: await labImage("prometheus"), alertmanager: await labImage("alertmanager") });

describe("Monitoring in the lab", () => {
  beforeAll(async () => {
    hook = await listen("0.0.0.0");
    const input: ProgramInput = {
      kubeconfig: files.kubeconfig,
      webhook: `http://${network().host}:${hook.port}/`,
      shell: digests()["busybox"]!,
      monitoring: {
        mode: "standalone",
        namespace: own,
        environment: "test",
        fleet: { namespace: served, models: [{ ...models.small, autoscaled: false }] },
        images: await images(),
        storageGib: 1,
        memoryMib: 256,
        receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
        routes: { critical: "hook", warning: "hook", watchdog: "hook" },
      },
    };
    mkdirSync(folder, { recursive: true });
    const main = path.join(repoRoot, "test/support/monitoring-program.ts");
    writeFileSync(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "slm-monitoring-test", runtime: "nodejs", main }));
    env = {
      ...(await engine()),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "for-a-test",
      SLM_TEST_PROGRAM: JSON.stringify(input),
    };
    await pulumi("stack", "select", "--create", "test");
    await pulumi("cancel", "--yes", "--stack=test");
    await pulumi("destroy", "--yes", "--skip-preview", "--stack=test"); // what a failed run of these tests left
    await pulumi("up", "--yes", "--skip-preview", "--stack=test");
  });
  afterAll(async () => {
    await pulumi("destroy", "--yes", "--skip-preview", "--stack=test");
    hook.server.close();
    rmSync(folder, { recursive: true });
  });

  it("comes up under the restricted Pod Security level, and changes nothing when nothing changed", async () => {
    const pods = JSON.parse(await kubectl("get", "pods", "--namespace", own, "--output=json")).items;
    expect(pods.map((pod: { status: { containerStatuses: { ready: boolean }[] } }) => pod.status.containerStatuses[0]!.ready)).toEqual([
      true,
      true,
    ]);
    await pulumi("preview", "--expect-no-changes", "--stack=test");
  });

  it("finds the model server's pod, and names its model, its namespace and its pod", async () => {
    await until(() => value('up{job="slm-models",model="small"} == 1'), 90, "the pod is scraped");
    const [sample] = await ask('onnx_num_requests_waiting{model="small"}');
    expect(sample!.metric).toMatchObject({ job: "slm-models", namespace: served, pod: expect.stringMatching(/^small-/) });
    await until(() => value('slm:model:up{model="small"} == 1'), 60, "the rule is evaluated");
    await until(() => value('count(up{job=~"prometheus|alertmanager"} == 1) == 2'), 60, "both programs are scraped");
  });

  it("may list pods where it watches, and nothing else", async () => {
    const may = (...what: string[]): Promise<string> =>
      kubectl("auth", "can-i", ...what, `--as=system:serviceaccount:${own}:watch-prometheus`).catch(() => "no");
    expect(await may("list", "pods", "--namespace", served)).toBe("yes");
    for (const what of [
      ["list", "secrets", "--namespace", served],
      ["list", "pods", "--namespace", "kube-system"],
      ["list", "nodes"],
    ])
      expect(await may(...what), what.join(" ")).toBe("no");
  });

  it("tells the webhook of a port that a NetworkPolicy blocks, within the promised time, and that it is open again", async () => {
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "closed", namespace: served },
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    };
    const file = path.join(folder, "policy.json");
    writeFileSync(file, JSON.stringify(policy));
    hook.notifications.splice(0); // what was reported before is of another fault
    await kubectl("apply", "-f", file);
    await until(() => value('up{job="slm-models",model="small"} == 0'), 90, "the port is blocked"); // the firewall takes a moment
    const [, took] = await until(reported("firing"), promisedSeconds({ forSeconds: 60 }) + 20, "the alert");
    await kubectl("delete", "-f", file);
    const [, after] = await until(reported("resolved"), 180, "the end of the alert");
    console.log(`blocked by a NetworkPolicy: reported after ${took.toFixed(0)} s, resolved after ${after.toFixed(0)} s`);
  });

  it("keeps its series when its pod is replaced", async () => {
    const before = (await value('min_over_time(timestamp(up{job="prometheus"})[30m:15s])'))!;
    await kubectl("delete", "pod", "watch-prometheus-0", "--namespace", own);
    await kubectl("rollout", "status", "statefulset/watch-prometheus", "--namespace", own, "--timeout=120s");
    const [after] = await until(() => value('min_over_time(timestamp(up{job="prometheus"})[30m:15s])'), 90, "Prometheus answers");
    expect(Math.abs(after - before)).toBeLessThan(60);
  });
});
