import { groupIntervalSeconds, groupWaitSeconds } from "./alerts";

/** A value in a Kubernetes Secret of the monitoring's namespace. It is mounted as a file and never part of a configuration or of Pulumi's state. */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

/** Where messages go. Addresses of webhooks, Slack and Teams are credentials, so they come from a secret. */
export type Receiver =
  | { readonly kind: "webhook"; readonly url: SecretKey }
  | { readonly kind: "slack"; readonly url: SecretKey; readonly channel: string }
  | { readonly kind: "teams"; readonly url: SecretKey }
  | {
      readonly kind: "email";
      readonly to: string;
      readonly from: string;
      /** `host:port` of the mail server. */
      readonly smarthost: string;
      readonly username?: string;
      readonly password?: SecretKey;
    };

/** Names of receivers by what they are told. */
export interface Routes {
  readonly critical: string;
  readonly warning: string;
  /** Hears the alert that always fires, every few minutes; it should raise the alarm when it hears nothing. @default nobody */
  readonly watchdog?: string;
}

const nobody = "nobody";
/** Where the secrets are mounted. */
export const secretFolder = "/etc/alertmanager/secrets";
const fileOf = ({ secret, key }: SecretKey): string => `${secretFolder}/${secret}/${key}`;

/** Names of the Secrets that the receivers need, each once. */
export const secretsOf = (receivers: Readonly<Record<string, Receiver>>): string[] => {
  const keys = Object.values(receivers).flatMap((receiver) => [receiver.kind === "email" ? receiver.password : receiver.url]);
  return [...new Set(keys.flatMap((key) => (key ? [key.secret] : [])))].sort();
};

/** Alertmanager's configuration. It is written as JSON, which is YAML. */
export function alertmanagerConfig(receivers: Readonly<Record<string, Receiver>>, routes: Routes): object {
  return {
    route: {
      receiver: routes.warning,
      group_by: ["alertname", "model", "severity"],
      group_wait: `${groupWaitSeconds}s`,
      group_interval: `${groupIntervalSeconds}s`,
      repeat_interval: "4h",
      routes: [
        { matchers: ['alertname="Watchdog"'], receiver: routes.watchdog ?? nobody, repeat_interval: "5m" },
        { matchers: ['severity="none"'], receiver: nobody },
        { matchers: ['severity="critical"'], receiver: routes.critical },
      ],
    },
    inhibit_rules: inhibitions,
    receivers: [{ name: nobody }, ...Object.entries(receivers).map(([name, receiver]) => ({ name, ...written(receiver) }))],
  };
}

/** What a planned rollout is expected to cause, and what follows from something that was already told. */
const inhibitions = [
  { source_matchers: ['alertname="ModelRollingOut"'], target_matchers: ['during_rollout="muted"'], equal: ["model"] },
  {
    source_matchers: ['alertname="ModelUnreachable"'],
    target_matchers: ['alertname=~"AvailabilityBurn.*|FirstTokenBurn.*|ScalerBlind"'],
    equal: ["model"],
  },
  { source_matchers: ['alertname=~".*BurnFast"'], target_matchers: ['alertname=~".*BurnSlow"'], equal: ["model", "slo"] },
];

function written(receiver: Receiver): object {
  const shared = { send_resolved: true };
  switch (receiver.kind) {
    case "webhook":
      return { webhook_configs: [{ ...shared, url_file: fileOf(receiver.url) }] };
    case "slack":
      return { slack_configs: [{ ...shared, api_url_file: fileOf(receiver.url), channel: receiver.channel }] };
    case "teams":
      return { msteamsv2_configs: [{ ...shared, webhook_url_file: fileOf(receiver.url) }] };
    case "email":
      return { email_configs: [{ ...shared, ...mail(receiver) }] };
  }
}

const mail = ({ to, from, smarthost, username, password }: Extract<Receiver, { kind: "email" }>): object => ({
  to,
  from,
  smarthost,
  ...(username ? { auth_username: username } : {}),
  ...(password ? { auth_password_file: fileOf(password) } : {}),
});
