/** Attributes of one record or span, and of what it comes from. */
export type Attributes = Record<string, string | undefined>;

interface Wire {
  attributes?: { key: string; value: Record<string, unknown> }[];
  body?: { stringValue?: string };
  name?: string;
  traceId?: string;
  severityText?: string;
}

const plain = ({ attributes = [], body, name, traceId, severityText }: Wire): Attributes => ({
  ...Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])])),
  ...(body ? { body: body.stringValue } : {}),
  ...(traceId ? { name, traceId } : {}),
  ...(severityText ? { severityText } : {}),
});

/** OTLP's JSON as the file exporter writes it, one batch a line: resources hold scopes, and those hold records. */
const records = (text: string, resources: string, scopes: string, items: string): Attributes[] =>
  text
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => JSON.parse(line)[resources] as ({ resource: Wire } & Record<string, Record<string, Wire[]>[]>)[])
    .flatMap((one) => one[scopes]!.flatMap((scope) => scope[items]!).map((item) => ({ ...plain(one.resource), ...plain(item) })));

/** Log records of a file of the collector. */
export const logRecords = (text: string): Attributes[] => records(text, "resourceLogs", "scopeLogs", "logRecords");
/** Spans of a file of the collector. */
export const spans = (text: string): Attributes[] => records(text, "resourceSpans", "scopeSpans", "spans");
