import { groupIntervalSeconds, groupWaitSeconds } from "./alerts";
import { operatorReceiver, type Receiver, type Routes, receiverConfig, type SecretKey } from "./receivers";

const nobody = "nobody";
/** Where the secrets are mounted. */
export const secretFolder = "/etc/alertmanager/secrets";
const fileOf = ({ secret, key }: SecretKey): string => `${secretFolder}/${secret}/${key}`;

const grouping = ["environment", "alertname", "model", "severity"];
const repeat = { notification: "4h", watchdog: "5m" };

/** Alertmanager's configuration. It is written as JSON, which is YAML. */
export function alertmanagerConfig(receivers: Readonly<Record<string, Receiver>>, routes: Routes): object {
  return {
    route: {
      receiver: routes.warning,
      group_by: grouping,
      group_wait: `${groupWaitSeconds}s`,
      group_interval: `${groupIntervalSeconds}s`,
      repeat_interval: repeat.notification,
      routes: [
        { matchers: ['alertname="Watchdog"'], receiver: routes.watchdog ?? nobody, repeat_interval: repeat.watchdog },
        { matchers: ['severity="none"'], receiver: nobody },
        { matchers: ['severity="critical"'], receiver: routes.critical },
      ],
    },
    inhibit_rules: inhibitions.map(({ source, target, equal }) => ({
      source_matchers: [matcher(source)],
      target_matchers: [matcher(target)],
      equal,
    })),
    receivers: [{ name: nobody }, ...Object.entries(receivers).map(([name, receiver]) => ({ name, ...receiverConfig(receiver, fileOf) }))],
  };
}

/** Where an operator's messages go; absent: its own routes take ours, and only what mutes them is added. */
export interface OperatorMessages {
  readonly receivers: Readonly<Record<string, Receiver>>;
  readonly routes: Omit<Routes, "watchdog">;
}

/**
 * The same as the `spec` of an AlertmanagerConfig. The operator adds the matcher `namespace="<its own>"` to every rule and route, so the
 * object belongs into the namespace that our alerts are labelled with.
 */
export const alertmanagerConfigSpec = (messages: OperatorMessages | undefined): object => ({
  ...(messages ? operatorRoutes(messages) : {}),
  inhibitRules: inhibitions.map(({ source, target, equal }) => ({ sourceMatch: [match(source)], targetMatch: [match(target)], equal })),
});

const operatorRoutes = ({ receivers, routes }: OperatorMessages): object => ({
  route: {
    receiver: routes.warning,
    groupBy: grouping,
    groupWait: `${groupWaitSeconds}s`,
    groupInterval: `${groupIntervalSeconds}s`,
    repeatInterval: repeat.notification,
    routes: [
      { matchers: [match(["severity", "=", "none"])], receiver: nobody },
      { matchers: [match(["severity", "=", "critical"])], receiver: routes.critical },
    ],
  },
  receivers: [{ name: nobody }, ...Object.entries(receivers).map(([name, receiver]) => ({ name, ...operatorReceiver(receiver) }))],
});

type Matcher = readonly [label: string, operator: "=" | "=~", value: string];
const matcher = ([label, operator, value]: Matcher): string => `${label}${operator}"${value}"`;
const match = ([name, matchType, value]: Matcher): object => ({ name, matchType, value });

interface Inhibition {
  readonly source: Matcher;
  readonly target: Matcher;
  readonly equal: readonly string[];
}

const sameModel = ["environment", "namespace", "model"];
/** What a planned rollout is expected to cause, and what follows from something that was already reported. */
const inhibitions: readonly Inhibition[] = [
  { source: ["alertname", "=", "ModelRollingOut"], target: ["during_rollout", "=", "mute"], equal: sameModel },
  {
    source: ["alertname", "=", "ModelUnreachable"],
    target: ["alertname", "=~", "AvailabilityBurn.*|FirstTokenBurn.*|TimePerTokenBurn.*|ScalerBlind|ReplicaUnready"],
    equal: sameModel,
  },
  { source: ["alertname", "=~", ".*BurnFast"], target: ["alertname", "=~", ".*Burn(Slow|Long)"], equal: [...sameModel, "slo"] },
  { source: ["alertname", "=~", ".*BurnSlow"], target: ["alertname", "=~", ".*BurnLong"], equal: [...sameModel, "slo"] },
];
