import { beforeAll, expect, it } from "vitest";

import { mockPulumi, registeredOutputs } from "../../support/mocks";
import { made, whole } from "../../support/monitored";

beforeAll(mockPulumi);

it("a monitoring shows where its Prometheus is, its rules and its dashboards", async () => {
  const { rules, dashboards } = await made(whole);
  expect(await registeredOutputs("watch")).toEqual({
    prometheusUrl: "http://watch-prometheus.monitoring.svc:9090",
    rules: JSON.parse(JSON.stringify(rules)),
    dashboards: JSON.parse(JSON.stringify(dashboards)),
  });
  expect([rules.length, dashboards.length].every((count) => count > 0)).toBe(true);
});
