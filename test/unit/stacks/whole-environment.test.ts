import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { composeAzure } from "../../../components/environment/azure";
import { outdatedFault } from "../../../lib/azure/faults";
import { azureSchema } from "../../../lib/environment/azure-config";
import { planOf } from "../../support/azure-cluster";
import { mockAzure } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { mistakes, parsed } from "../../support/environments";
import { messageOf } from "../../support/errors";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);

const started = process.cwd();
afterEach(() => {
  process.chdir(started);
  vi.useRealTimers();
});

const section = {
  mode: "standalone",
  receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
  routes: { critical: "oncall", warning: "oncall" },
};

it.each<[string, object]>([
  ["routes.critical", { routes: { critical: 7, warning: "nobody" } }],
  ["receivers", { receivers: 7, retentionGib: 100 }],
  ["retentionGib", { retentionGib: "much", routes: { critical: "nobody", warning: "oncall" } }],
  ["storageGib", { storageGib: 0, retentionGib: 100 }],
  ["logs", { logs: 7, traces: {}, retentionGib: 100 }],
  ["traces", { traces: 7, retentionGib: 100 }],
])("what is compared in a monitoring is reported once %s is fixed, not before", (path, change) => {
  const reported = mistakes({ monitoring: { ...section, ...change } });
  expect(reported).toEqual([expect.stringMatching(new RegExp(`^monitoring\\.${path.replace(".", "\\.")}: `))]);
});

it("files are found from the project's root, wherever the program is started", () => {
  const here = Object.keys(parsed().imageDigests);
  process.chdir("/");
  expect(Object.keys(parsed().imageDigests)).toEqual(here);
  expect(here.length).toBeGreaterThan(0);
});

it("a version of Kubernetes is outdated from the day on which its support is over, and not there before it is out", () => {
  const settings = (kubernetesVersion: string) => azureSchema.parse({ ...written, kubernetesVersion });
  expect(outdatedFault(settings("1.34"), "2026-11-30")).toBeUndefined();
  expect(outdatedFault(settings("1.34"), "2026-12-01")).toMatchObject({
    path: expect.stringContaining("kubernetesVersion"),
    bound: expect.stringContaining("its support ended with 2026-11"),
  });
  vi.useFakeTimers({ now: Date.parse("2026-09-30T12:00:00Z"), toFake: ["Date"] });
  expect(messageOf(() => composeAzure({ name: "dev", settings: settings("1.37"), plan: planOf({ chat: {} }) }))).toMatch(
    /kubernetesVersion.*it is from 2026-10/,
  );
});
