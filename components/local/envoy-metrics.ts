import { envoyPath } from "../../lib/monitoring/scrape";
import { filter, http } from "./envoy-filters";

/** Port of Envoy's metrics in its container: the rest of what Envoy answers its administrator is for its own container alone. */
export const metricsPort = 19001;
/** No model can be called so: it is no DNS label. */
const adminCluster = "envoy_admin";
/** Where Envoy answers its administrator. */
export const administration = { address: "127.0.0.1", port_value: 9901 };

/** Nothing but Envoy's metrics. */
export const metricsListener = {
  name: "metrics",
  address: { socket_address: { address: "0.0.0.0", port_value: metricsPort } },
  filter_chains: [
    {
      filters: [
        http({
          stat_prefix: "metrics",
          http_filters: [filter("router")],
          route_config: {
            virtual_hosts: [
              { name: "metrics", domains: ["*"], routes: [{ match: { path: envoyPath }, route: { cluster: adminCluster } }] },
            ],
          },
        }),
      ],
    },
  ],
};

/** What Envoy answers its administrator, reached from its own container alone. */
export const admin = {
  name: adminCluster,
  type: "STATIC",
  load_assignment: {
    cluster_name: adminCluster,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: administration } } }] }],
  },
};
