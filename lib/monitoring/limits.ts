import { z } from "zod";

import { dnsLabel, storageGib } from "../limits";

/** Days for which series are kept, unless set otherwise. */
export const defaultRetentionDays = 15;
/** Days for which series are kept. */
export const retentionDays = z.int("must be a whole number of days").min(1, "must be at least 1 day").max(730, "must be at most 730 days");

/** Share of its volume that Prometheus may fill: its storage page advises 80 to 85 %, since the write-ahead log comes on top. */
const usableShare = 0.8;

/** GiB that series may take on a volume. */
export const usableGib = (storageGib: number): number => Math.floor(storageGib * usableShare * 10) / 10;

/** Size at which the oldest series are dropped, in GiB; it must leave room on its volume. */
export const retentionGib = (storageGib: number) =>
  z
    .number()
    .min(0.1, "must be at least 0.1 GiB")
    .max(
      usableGib(storageGib),
      `must be at most ${usableGib(storageGib)} GiB, 80 % of the volume of ${storageGib} GiB; enlarge the volume or keep less`,
    );

/** A receiver that there is. */
export const receiverName = (known: readonly string[]) =>
  z.string().refine((name) => known.includes(name), `must be one of the receivers: ${known.join(", ") || "there are none"}`);

/** Name of a Secret and of a key in it. */
export const secretKey = z.strictObject({
  secret: dnsLabel.describe("Name of the Secret."),
  key: z
    .string()
    .regex(/^[-._a-zA-Z0-9]+$/, "must be a key of a Secret")
    .describe("Key in it."),
});

const address = z.string().regex(/^[^\s:/]+:\d+$/, "must be host:port");
const mail = z.string().regex(/^\S+@\S+$/, "must be a mail address");

/** Where messages go; each address that is a credential comes from a Secret. */
export const receiver = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("webhook"), url: secretKey.describe("Address that takes messages, which is a credential.") }),
  z.strictObject({
    kind: z.literal("slack"),
    url: secretKey.describe("Address that takes messages, which is a credential."),
    channel: z.string().min(1, "must name a channel").describe("Channel, such as #alerts."),
  }),
  z.strictObject({ kind: z.literal("teams"), url: secretKey.describe("Address that takes messages, which is a credential.") }),
  z.strictObject({ kind: z.literal("pagerduty"), routingKey: secretKey.describe("Routing key of the service.") }),
  z.strictObject({
    kind: z.literal("email"),
    to: mail.describe("Mail address that is notified."),
    from: mail.describe("Mail address of the sender."),
    smarthost: address.describe("Mail server, as host:port."),
    username: z.string().optional().describe("Name at the mail server. Default: none."),
    password: secretKey.optional().describe("Password at the mail server. Default: none."),
  }),
]);

/** Where people reach a program's pages: links in messages begin with it. */
export const externalUrl = z.url({ protocol: /^https?$/, error: "must be a URL of http or https" });

/** Passes unless there is a reason against it. */
export const possible = (fault: string | undefined) => z.unknown().refine(() => fault === undefined, fault);

const header = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, "must be the name of a header");

/** Where logs go. A header is a credential: it travels encrypted. */
export const logTarget = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("otlp"),
      endpoint: z.url({ protocol: /^https?$/, error: "must be a URL of http or https" }).describe("Where logs are sent by OTLP over HTTP."),
      headers: z.record(header, secretKey).optional().describe("Headers of each request; they are credentials. Default: none."),
    })
    .refine(({ endpoint, headers }) => headers === undefined || endpoint.startsWith("https:"), {
      path: ["endpoint"],
      message: "must be https where headers are sent",
    }),
  z.strictObject({
    kind: z.literal("files"),
    storageGib: storageGib.optional().describe("Volume of the files, in GiB. Default: 5."),
    keepDays: retentionDays.optional().describe("Days for which files are kept. Default: 7."),
  }),
]);

/** Share of traces that is kept. */
export const traces = z.strictObject({
  ratio: z
    .number()
    .gt(0, "must be above 0; leave traces out for none")
    .max(1, "must be at most 1, which keeps every trace")
    .optional()
    .describe("Share of traces that is kept; above 0, at most 1. Default: 0.01."),
});
