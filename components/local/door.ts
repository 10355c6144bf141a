import { consumerHeader } from "../gateway/args";

/** Where the gateway sees its keys and its certificate. */
export const doorFolder = "/door";
/** Files in it: what Envoy reads, and the keys by consumer and slot as commands list them. */
export const certificateFile = "certificate.json";
export const credentialsFile = "credentials.json";
export const keysFile = "keys.json";

/** Name of the filter that knows keys, and its type. */
export const credentialsName = "keys";
export const keyFilterType = "type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth";

/** A key of a client as Envoy knows it: consumer and slot. */
export interface Credential {
  readonly client: string;
  readonly key: string;
}

const discovered = (resource: object): string => JSON.stringify({ resources: [resource] });

/** The file of keys. A key goes no further than the gateway. */
export const credentialsText = (credentials: readonly Credential[]): string =>
  discovered({
    "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
    name: credentialsName,
    typed_config: {
      "@type": keyFilterType,
      credentials: credentials.map(({ key, client }) => ({ key, client })),
      key_sources: [{ header: "Authorization" }],
      forwarding: { header: consumerHeader, hide_credentials: true },
    },
  });

/** The file of the certificate and its key, both as PEM. */
export const certificateText = (certificate: string, key: string): string =>
  discovered({
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
    name: "door",
    tls_certificate: { certificate_chain: { inline_string: certificate }, private_key: { inline_string: key } },
  });
