/** A message of Envoy's with its type. */
export const typed = (type: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${type}`, ...fields });
/** A filter of HTTP, by the name of its extension. */
export const filter = (kind: string, fields: object = {}, message = kind.split("_").map(capital).join("")): object => ({
  name: `envoy.filters.http.${kind}`,
  typed_config: typed(`envoy.extensions.filters.http.${kind}.v3.${message}`, fields),
});
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
/** The filter that makes HTTP of what a listener takes. */
export const http = (fields: object): object => ({
  name: "envoy.filters.network.http_connection_manager",
  typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", fields),
});
