import { afterEach, beforeAll, expect, it, vi } from "vitest";

import { composeAzure } from "../../../stacks/azure";
import { azureSchema } from "../../../stacks/azure-config";
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
])("what is compared in a monitoring is told once %s is mended, not before", (path, change) => {
  const told = mistakes({ monitoring: { ...section, ...change } });
  expect(told).toEqual([expect.stringMatching(new RegExp(`^monitoring\\.${path.replace(".", "\\.")}: `))]);
});

it("files are found from the project's root, wherever the program is started", () => {
  const here = Object.keys(parsed().imageDigests);
  process.chdir("/");
  expect(Object.keys(parsed().imageDigests)).toEqual(here);
  expect(here.length).toBeGreaterThan(0);
});

it("a version of Kubernetes is refused from the day on which its support is over", () => {
  const on = (day: string, kubernetesVersion: string): string => {
    vi.useFakeTimers({ now: Date.parse(`${day}T12:00:00Z`), toFake: ["Date"] });
    const settings = azureSchema.parse({ ...written, kubernetesVersion });
    return messageOf(() => composeAzure({ name: "dev", settings, plan: planOf({ chat: {} }) }));
  };
  expect(on("2026-11-30", "1.34")).toBe("");
  expect(on("2026-12-01", "1.34")).toMatch(/^stacks\/Pulumi\.dev\.yaml is invalid:\n.*kubernetesVersion.*its support ended with 2026-11/);
  expect(on("2026-09-30", "1.37")).toMatch(/kubernetesVersion.*it is from 2026-10/);
});
