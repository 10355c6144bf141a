// `shoot.mjs CHROMIUM FOLDER`: opens each page of the folder (NAME.html) in a browser that reaches no network, keeps a picture of it (NAME.png), and
// prints as JSON what a reader sees: the text of each panel, its state, and the colour of each tile.
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, folder] = process.argv.slice(2);

/** Runs in the page. */
function seen() {
  const textOf = (element) =>
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not seen
    element.innerText
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  return [...document.querySelectorAll("[data-panel]")].map((panel) => ({
    title: panel.dataset.panel,
    state: panel.dataset.state,
    text: textOf(panel),
    tiles: [...panel.querySelectorAll("[data-tile]")].map((tile) => ({
      name: tile.dataset.tile,
      text: textOf(tile),
      background: getComputedStyle(tile.firstElementChild).backgroundImage,
    })),
    lines: panel.querySelectorAll("canvas").length,
  }));
}

async function main() {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--allow-file-access-from-files",
      "--host-resolver-rules=MAP * ~NOTFOUND",
    ],
    protocolTimeout: 180_000,
  });
  try {
    const drawn = {};
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
      const page = await browser.newPage();
      const errors = [];
      const failed = new Promise((_, reject) => {
        page.on("pageerror", (error) => {
          errors.push(error.message);
          reject(error);
        });
      });
      failed.catch(() => undefined); // reported below
      await page.setViewport({ width: 1440, height: 900 });
      await page.goto(pathToFileURL(path.join(folder, file)).href);
      await Promise.race([page.waitForSelector("main", { timeout: 120_000 }), failed]);
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() => new Promise((resolve) => requestIdleCallback(() => requestAnimationFrame(resolve), { timeout: 5000 })));
      const name = file.replace(".html", "");
      await (await page.$("main")).screenshot({ path: path.join(folder, `${name}.png`) });
      drawn[name] = { errors, panels: await page.evaluate(seen) };
      await page.close();
    }
    console.log(JSON.stringify(drawn));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
