import { describe, expect, it } from "vitest";

import { levelOf } from "../../../tools/compare/figures";
import { reportPage } from "../../../tools/compare/page";
import { failuresOf, type Report, type Row } from "../../../tools/compare/report";
import { reportText } from "../../../tools/compare/text";

const answer = { ttftSeconds: 0.25, seconds: 1.25, tokens: 11 };
const row = (model: string, more: Partial<Row> = {}): Row => ({
  ...{ environment: "local", model, catalog: "smollm2-135m-instruct", weights: "baked:/models/x", engine: "ollama", version: "0.32.15" },
  ...{ device: "CPU", replicas: 1, memoryMib: 217.4, diskMib: 94, loadSeconds: 1.26 },
  answers: [{ question: "What is the capital of France?", text: "Paris.\n", failed: false }],
  levels: [levelOf(1, [answer], 2), levelOf(4, [answer, answer], 2)],
  ...more,
});
const report = (...rows: Row[]): Report => ({ began: "2026-11-27T12:00:00Z", settings: { concurrency: 4, requests: 2, tokens: 11 }, rows });
const hostile = `<img src=x onerror="alert('1')">&`;
const broken = row("edge", {
  ...{ memoryMib: { unknown: "docker stats: <no>" }, loadSeconds: { unknown: "RESTART=1 starts it" }, diskMib: 0 },
  answers: [{ question: "What is the capital of France?", text: hostile, failed: true }],
  levels: [levelOf(1, [{ failed: "429" }], 2), levelOf(4, [{ failed: "429" }, answer], 2)],
});

describe("as text", () => {
  const lines = reportText(report(row("chat"), broken)).split("\n");
  const columns = (title: string) =>
    lines
      .find((line) => line.startsWith(title))
      ?.split(/\s{2,}/)
      .slice(1);

  it("figures of models are beside each other, and what is not known is called unknown", () => {
    expect(lines[0]!.trim().split(/\s{2,}/)).toEqual(["local/chat", "local/edge"]);
    expect(columns("Time to first token, one at a time, p50 (ms)")).toEqual(["250", "unknown"]);
    expect(columns("Time per output token, 4 at once, p95 (ms)")).toEqual(["100.0", "100.0"]);
    expect(columns("Output tokens per second, all requests, 4 at once (tokens/s)")).toEqual(["11.0", "5.5"]);
    expect(columns("Most memory while asked (MiB)")).toEqual(["217", "unknown"]);
    expect(columns("Start until ready (s)")).toEqual(["1.3", "unknown"]);
    expect(columns("Weights on disk (MiB)")).toEqual(["94", "0"]);
  });
  it("says why a figure is unknown", () => {
    expect(lines).toContain("local/edge: memory is unknown: docker stats: <no>");
    expect(lines).toContain("local/edge: load time is unknown: RESTART=1 starts it");
    expect(lines.filter((line) => line.includes("is unknown"))).toHaveLength(2);
  });
  it("answers are beside each other below their question, a line each", () => {
    const at = lines.indexOf("> What is the capital of France?");
    expect(lines.slice(at + 1, at + 3)).toEqual(["  local/chat: Paris.", `  local/edge: ${hostile}`]);
  });
});

it("what failed is told for each question and level", () => {
  expect(failuresOf([row("chat")])).toEqual([]);
  expect(failuresOf([broken])).toEqual([
    `local/edge: "What is the capital of France?" failed: ${hostile}`,
    "local/edge: 1 of 1 requests failed with 1 at once: 429",
    "local/edge: 1 of 2 requests failed with 4 at once: 429",
  ]);
});

describe("as a page", () => {
  const page = reportPage(report(row("chat"), broken));

  it("asks nothing of any host, and may not", () => {
    expect(page).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/https?:|<script|<link|@import|url\(|\bsrc=(?!x)/);
  });
  it("holds what models say as text, and never as markup", () => {
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;");
    expect(page).toContain("docker stats: &lt;no&gt;");
  });
  it("bars are as long as their figures, the longest of a plot the longest", () => {
    const plot = /data-panel="Weights on disk">.*?<\/figure>/.exec(
      reportPage(report(row("a", { diskMib: 50 }), row("b", { diskMib: 200 }))),
    )![0];
    const [short, long] = [...plot.matchAll(/<rect[^>]* width="(\d+)"/g)].map(([, width]) => Number(width));
    expect(long! / short!).toBeCloseTo(4, 1);
    expect(plot).toContain("200 MiB");
  });
  it("a figure that is not known has no bar, and says so", () => {
    const plot = /data-panel="Most memory while asked">.*?<\/figure>/.exec(page)![0];
    expect([...plot.matchAll(/<rect[^>]* width="(\d+)"/g)].map(([, width]) => Number(width) > 0)).toEqual([true, false]);
    expect(plot).toContain(">unknown<title>local/edge: docker stats: &lt;no&gt;</title>");
  });
  it("plots of which nothing is known are drawn all the same", () => {
    const unknown = row("a", { diskMib: { unknown: "?" } });
    expect(reportPage(report(unknown))).not.toMatch(/NaN|Infinity/);
  });
});
