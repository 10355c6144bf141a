import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

import type { Fleet } from "../fleet";
import { coldStartDashboard } from "./cold-starts";
import { render } from "./dashboard";
import { fleetDashboard } from "./fleet";
import { gatewayDashboard } from "./gateway";
import { gpuDashboard } from "./gpu";
import { modelDashboard } from "./model";

/** The dashboards of a fleet, as Grafana's provisioning reads them; those for which it has no series are left out. */
export const dashboards = (fleet: Fleet): Dashboard[] =>
  [fleetDashboard, modelDashboard(fleet), gpuDashboard(fleet), gatewayDashboard(fleet), coldStartDashboard(fleet)].flatMap(
    (spec) => render(spec) ?? [],
  );
