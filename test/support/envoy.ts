import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { vi } from "vitest";

import { envoy } from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";

const api = "type.googleapis.com/envoy.extensions.filters";

/** What Envoy is given of one of the gateway's scripts. */
export interface Script {
  readonly inline: string;
  readonly filterContext: object;
}

/** A route as Envoy Gateway writes it, with the script's context. */
export const routeTo = (match: object, action: object, { filterContext }: Script): object => ({
  match,
  ...action,
  typed_per_filter_config: { "envoy.filters.http.lua": { "@type": `${api}.http.lua.v3.LuaPerRoute`, filter_context: filterContext } },
});

const keyFilter = (credentials: object[]) => ({
  "@type": `${api}.http.api_key_auth.v3.ApiKeyAuth`,
  credentials,
  key_sources: [{ header: "Authorization" }],
  forwarding: { header: "x-slm-consumer", hide_credentials: true },
});

/** Where a listener's requests are logged, in the folder where Envoy runs. */
const requestLog = "requests";

/** A listener with keys and a script, as Envoy Gateway configures them. */
export const listener = (port: number, { inline }: Script, credentials: object[], routes: object[]): object => ({
  address: { socket_address: { address: "127.0.0.1", port_value: port } },
  per_connection_buffer_limit_bytes: 1 << 20,
  filter_chains: [
    {
      filters: [
        {
          name: "http",
          typed_config: {
            "@type": `${api}.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: "http",
            access_log: [
              {
                name: "file",
                typed_config: {
                  "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                  path: requestLog,
                  log_format: {
                    text_format_source: {
                      inline_string: `${credentials.length > 0 ? "keyed" : "again"} %REQ(X-REQUEST-ID)% %DYNAMIC_METADATA(slm:tokens)%\n`,
                    },
                  },
                },
              },
            ],
            http_filters: [
              ...(credentials.length > 0 ? [{ name: "envoy.filters.http.api_key_auth", typed_config: keyFilter(credentials) }] : []),
              {
                name: "envoy.filters.http.lua",
                disabled: true,
                typed_config: { "@type": `${api}.http.lua.v3.Lua`, default_source_code: { inline_string: inline } },
              },
              { name: "envoy.filters.http.router", typed_config: { "@type": `${api}.http.router.v3.Router` } },
            ],
            route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
          },
        },
      ],
    },
  ],
});

export async function freePort(): Promise<number> {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  return port;
}

/** Envoy itself, once it answers at a port; `log` holds its complaints, `requests` a line for each request that has ended. */
export async function startEnvoy(
  port: number,
  resources: object,
  settings: object = {},
): Promise<{ log: () => string; requests: () => string; stop: () => void }> {
  const [built] = await build([envoy]);
  const folder = mkdtempSync(path.join(tmpdir(), "slm-envoy-"));
  const [config, log] = [path.join(folder, "envoy.json"), path.join(folder, "log")];
  writeFileSync(config, JSON.stringify({ static_resources: resources, ...settings }));
  const args = ["-c", config, "--disable-hot-restart", "--file-flush-interval-msec", "20", "--log-level", "error", "--log-path", log];
  const child = spawn(path.join(built!, "envoy/_bin/envoy"), args, { stdio: "ignore", cwd: folder });
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  await vi
    .waitFor(() => fetch(`http://127.0.0.1:${port}/`), { timeout: 60_000, interval: 100 })
    .catch((error) => {
      throw new Error(`Envoy does not answer: ${readFileSync(log, "utf8")}`, { cause: error });
    });
  return { log: () => readFileSync(log, "utf8"), requests: () => readFileSync(path.join(folder, requestLog), "utf8"), stop };
}
