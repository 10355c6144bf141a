/** A value in a Kubernetes Secret. It is mounted as a file, or named, and never part of a configuration or of Pulumi's state. */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

/** Where messages go. Addresses of webhooks, Slack and Teams, and keys of PagerDuty, are credentials, so they come from a secret. */
export type Receiver =
  | { readonly kind: "webhook"; readonly url: SecretKey }
  | { readonly kind: "slack"; readonly url: SecretKey; readonly channel: string }
  | { readonly kind: "teams"; readonly url: SecretKey }
  | {
      readonly kind: "pagerduty";
      /** Integration key of the Events API v2. */
      readonly routingKey: SecretKey;
    }
  | {
      readonly kind: "email";
      readonly to: string;
      readonly from: string;
      /** `host:port` of the mail server. */
      readonly smarthost: string;
      readonly username?: string;
      readonly password?: SecretKey;
    };

/** Names of receivers by what they are given. */
export interface Routes {
  readonly critical: string;
  readonly warning: string;
  /** Hears the alert that always fires, every few minutes; it should raise the alarm when it hears nothing. Never the on-call's own. @default nobody */
  readonly watchdog?: string;
}

/** The credential of a receiver; undefined for mail without a password. */
const credentialOf = (receiver: Receiver): SecretKey | undefined => {
  if (receiver.kind === "email") return receiver.password;
  return receiver.kind === "pagerduty" ? receiver.routingKey : receiver.url;
};

/** Names of the Secrets that the receivers need, each once. */
export const secretsOf = (receivers: Readonly<Record<string, Receiver>>): string[] =>
  [...new Set(Object.values(receivers).flatMap((receiver) => credentialOf(receiver)?.secret ?? []))].sort();

/** What a message says, as Alertmanager's templates: what fires where, and of each alert its summary and its runbook. */
const title =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.model }} ({{ .CommonLabels.environment }})';
const text = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook_url }}\n{{ end }}";
const links = [{ href: "{{ (index .Alerts 0).Annotations.runbook_url }}", text: "Runbook" }];
const pagerdutySeverity = '{{ if eq .CommonLabels.severity "critical" }}critical{{ else }}warning{{ end }}';

/** As an entry of Alertmanager's own `receivers`; credentials are files. */
export function receiverConfig(receiver: Receiver, fileOf: (key: SecretKey) => string): object {
  const shared = { send_resolved: true };
  switch (receiver.kind) {
    case "webhook":
      return { webhook_configs: [{ ...shared, url_file: fileOf(receiver.url) }] };
    case "slack":
      return { slack_configs: [{ ...shared, api_url_file: fileOf(receiver.url), channel: receiver.channel, title, text }] };
    case "teams":
      return { msteamsv2_configs: [{ ...shared, webhook_url_file: fileOf(receiver.url), title, text }] };
    case "pagerduty":
      return {
        pagerduty_configs: [
          {
            ...shared,
            routing_key_file: fileOf(receiver.routingKey),
            description: title,
            severity: pagerdutySeverity,
            details: { summary: text },
            links,
          },
        ],
      };
    case "email":
      return { email_configs: [{ ...shared, ...mail(receiver, fileOf) }] };
  }
}

const mail = (
  { to, from, smarthost, username, password }: Extract<Receiver, { kind: "email" }>,
  fileOf: (key: SecretKey) => string,
): object => ({
  to,
  from,
  smarthost,
  headers: { Subject: title },
  text,
  ...(username ? { auth_username: username } : {}),
  ...(password ? { auth_password_file: fileOf(password) } : {}),
});

/** As an entry of an AlertmanagerConfig's `receivers`; credentials are keys of Secrets in its namespace. */
export function operatorReceiver(receiver: Receiver): object {
  const shared = { sendResolved: true };
  const selected = ({ secret, key }: SecretKey) => ({ name: secret, key });
  switch (receiver.kind) {
    case "webhook":
      return { webhookConfigs: [{ ...shared, urlSecret: selected(receiver.url) }] };
    case "slack":
      return { slackConfigs: [{ ...shared, apiURL: selected(receiver.url), channel: receiver.channel, title, text }] };
    case "teams":
      return { msteamsv2Configs: [{ ...shared, webhookURL: selected(receiver.url), title, text }] };
    case "pagerduty":
      return {
        pagerdutyConfigs: [
          {
            ...shared,
            routingKey: selected(receiver.routingKey),
            description: title,
            severity: pagerdutySeverity,
            details: [{ key: "summary", value: text }],
            pagerDutyLinkConfigs: links.map(({ href, text: alt }) => ({ href, alt })),
          },
        ],
      };
    case "email": {
      const { to, from, smarthost, username, password } = receiver;
      const credentials = { ...(username ? { authUsername: username } : {}), ...(password ? { authPassword: selected(password) } : {}) };
      return { emailConfigs: [{ ...shared, to, from, smarthost, headers: [{ key: "Subject", value: title }], text, ...credentials }] };
    }
  }
}
