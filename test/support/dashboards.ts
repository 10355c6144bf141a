import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

/** The panels of a dashboard with their queries, without its rows. */
export const panelsOf = (dashboard: Dashboard): { title: string; queries: string[] }[] =>
  (dashboard.panels ?? []).flatMap((panel) =>
    panel.type !== "row" && "targets" in panel
      ? [{ title: panel.title!, queries: (panel.targets as unknown as { expr: string }[]).map(({ expr }) => expr) }]
      : [],
  );
