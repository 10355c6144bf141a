import { failuresOf, nameOf, type Report, type Row, type Shown, shown, textOf, unknownOf } from "./report";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** What a model or a file says, as text of a page. */
const safe = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!);

/** Colours that are told apart by those who see few (Okabe and Ito, jfly.uni-koeln.de/color), one for each model. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000"];
const colourOf = (index: number): string => colours[index % colours.length]!;

const [width, labelWidth, valueWidth, lineHeight, barHeight] = [720, 130, 100, 24, 16];

interface Bar {
  readonly label: string;
  readonly text: string;
  /** Of the longest one's length. */
  readonly share: number;
  readonly colour: string;
  /** What is said of it beside its name. */
  readonly title: string;
}

/** Bars below each other, for each figure one of every model. */
function barsOf({ of, digits, unit }: Shown, rows: readonly Row[]): Bar[] {
  const columns = rows.map(of);
  const most = Math.max(0, ...columns.flat().map(({ figure }) => (typeof figure === "number" ? figure : 0)));
  return columns[0]!.flatMap(({ label }, figureIndex) =>
    columns.map((figures, index) => {
      const { figure } = figures[figureIndex]!;
      const isKnown = typeof figure === "number";
      return {
        label: index === 0 ? label : "",
        text: isKnown ? `${textOf(figure, digits)} ${unit}` : "unknown",
        share: isKnown && most > 0 ? figure / most : 0,
        colour: colourOf(index),
        title: `${nameOf(rows[index]!)}${isKnown ? "" : `: ${figure.unknown}`}`,
      };
    }),
  );
}

function chart(figure: Shown, rows: readonly Row[]): string {
  const bars = barsOf(figure, rows);
  const lines = bars.map(({ label, text, share, colour, title }, index) => {
    const y = index * lineHeight;
    const length = Math.round(share * (width - labelWidth - valueWidth));
    const baseline = y + barHeight - 3;
    return [
      label ? `<text x="0" y="${baseline}">${safe(label)}</text>` : "",
      `<rect x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" fill="${colour}"><title>${safe(title)}</title></rect>`,
      `<text class="value" x="${labelWidth + length + 6}" y="${baseline}">${safe(text)}<title>${safe(title)}</title></text>`,
    ].join("");
  });
  const svg = `<svg viewBox="0 0 ${width} ${bars.length * lineHeight}" role="img" aria-label="${safe(figure.title)}">${lines.join("")}</svg>`;
  return `<figure data-panel="${safe(figure.title)}"><figcaption>${safe(figure.title)}</figcaption>${svg}</figure>`;
}

const cells = (tag: "td" | "th", texts: readonly string[]): string => texts.map((text) => `<${tag}>${safe(text)}</${tag}>`).join("");

function models(rows: readonly Row[]): string {
  const head = ["", "model", "engine, as planned", "what runs", "weights", "on"];
  const lines = rows.map((row, index) => {
    const texts = [nameOf(row), `${row.engine} ${row.version}`, `${row.replicas} x ${row.catalog}`, row.weights, row.device];
    return `<tr><td><span class="mark" style="background:${colourOf(index)}"></span></td>${cells("td", texts)}</tr>`;
  });
  return `<table data-panel="Models"><thead><tr>${cells("th", head)}</tr></thead><tbody>${lines.join("")}</tbody></table>`;
}

function answers(rows: readonly Row[]): string {
  const asked = rows[0]!.answers.map(({ question }, index) => {
    const given = rows.map(({ answers: all }) => `<td${all[index]!.failed ? ' class="failed"' : ""}>${safe(all[index]!.text)}</td>`);
    return `<tr><th>${safe(question)}</th>${given.join("")}</tr>`;
  });
  const head = `<tr><th></th>${cells("th", rows.map(nameOf))}</tr>`;
  return `<table data-panel="Answers"><thead>${head}</thead><tbody>${asked.join("")}</tbody></table>`;
}

const paragraphs = (texts: readonly string[], kind: string): string => texts.map((text) => `<p class="${kind}">${safe(text)}</p>`).join("");

const style = `
body { font: 15px/1.4 system-ui, sans-serif; margin: 0; color: #1a1a1a; background: #fff; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
figure { margin: 28px 0; max-width: ${width}px; }
figcaption { font-weight: 600; margin-bottom: 8px; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; overflow: visible; }
table { border-collapse: collapse; width: 100%; margin: 16px 0; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid #ddd; overflow-wrap: break-word; }
td { white-space: pre-line; }
.mark { display: inline-block; width: 14px; height: 14px; }
.failed { color: #a40000; }
`;

/** A page that asks nothing of anybody: its policy forbids it, too. */
export function reportPage({ began, settings, rows }: Report): string {
  const asked = `${settings.requests} requests of at most ${settings.tokens} tokens one at a time, then with ${settings.concurrency} at once`;
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width"><title>Comparison of ${safe(rows.map(nameOf).join(", "))}</title><style>${style}</style></head>`,
    `<body><main><h1>Comparison</h1><p>Begun ${safe(began)}: ${safe(asked)}. Each model got the same texts.</p>`,
    `${models(rows)}${paragraphs(unknownOf(rows), "unknown")}${paragraphs(failuresOf(rows), "failed")}${shown.map((figure) => chart(figure, rows)).join("")}<h2>Answers</h2>${answers(rows)}</main></body></html>\n`,
  ].join("\n");
}
