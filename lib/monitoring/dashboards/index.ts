import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

import type { Fleet } from "../fleet";
import { coldStartDashboard } from "./cold-starts";
import { render } from "./dashboard";
import { fleetDashboard } from "./fleet";
import { gatewayDashboard } from "./gateway";
import { gpuDashboard } from "./gpu";
import { modelDashboard } from "./model";
import { replicaDashboard } from "./replicas";

/** The dashboards of a fleet, as Grafana's provisioning reads them; those for which it has no series are left out. `runbookBase` is a URL, or there are no links. */
export function dashboards(fleet: Fleet, runbookBase?: string): Dashboard[] {
  const published = runbookBase?.startsWith("http") ? runbookBase : undefined;
  const all = [
    fleetDashboard(fleet, published),
    modelDashboard(fleet, published),
    replicaDashboard(fleet),
    gpuDashboard(fleet),
    gatewayDashboard(fleet),
    coldStartDashboard(fleet),
  ];
  return all.flatMap((spec) => render(spec, fleet) ?? []);
}
