import type * as pulumi from "@pulumi/pulumi";

import type { RoutedModel } from "../../lib/gateway/access";
import { servedHeader } from "./args";

/** Port of every model's Service (components/serving/model-endpoint.ts). */
const servicePort = 80;

/** The Service of a model, as a route names it. */
export const serviceOf = ({ name }: RoutedModel, namespace: pulumi.Input<string>) => ({
  kind: "Service",
  name,
  namespace,
  port: servicePort,
});

/** Names are DNS labels: nothing in them means more than itself in a pattern. */
export const served = (names: readonly string[]): object =>
  names.length === 1
    ? { type: "Exact", name: servedHeader, value: names[0] }
    : { type: "RegularExpression", name: servedHeader, value: names.join("|") };

/** An error in OpenAI's form. */
export const errorBody = (type: string, code: string, message: string): string =>
  JSON.stringify({ error: { message, type, param: null, code } });
