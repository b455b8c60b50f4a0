/*
 * Builds static/vendor/ from the packages that package-lock.json pins.
 *
 * Plotly is bundled by ourselves with the four trace types that reports/figures.py draws: a third of the full
 * bundle. A trace type that is missing here is drawn as a scatter without any error, so a new figure needs its
 * module in TRACES, and a browser test draws every figure. The bundle is a classic script that sets the global
 * `Plotly`, because the headless page that turns figures into SVG loads the same file.
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = path.join(ROOT, "node_modules");
const VENDOR = path.join(ROOT, "static", "vendor");
const TRACES = ["bar", "heatmap", "scatterpolar"]; // scatter is part of the core

async function packageVersion(name) {
  return JSON.parse(await readFile(path.join(MODULES, name, "package.json"), "utf8")).version;
}

async function bundlePlotly(version) {
  const imports = TRACES.map((name) => `import ${name} from "plotly.js/lib/${name}";`).join("\n");
  await build({
    stdin: {
      contents: `import Plotly from "plotly.js/lib/core";\n${imports}\nPlotly.register([${TRACES.join(", ")}]);\nmodule.exports = Plotly;`,
      resolveDir: ROOT,
      loader: "js",
    },
    bundle: true,
    format: "iife",
    globalName: "Plotly",
    platform: "browser",
    define: { global: "window" },
    loader: { ".css": "empty" }, // style sheets of map traces that we do not bundle
    minify: true,
    target: "es2019",
    legalComments: "none",
    banner: { js: `/* plotly.js v${version}, partial bundle (scatter, ${TRACES.join(", ")}); MIT licence, see LICENSE-plotly.txt */` },
    outfile: path.join(VENDOR, "plotly.min.js"),
    logLevel: "warning",
  });
}

async function copy(source, target) {
  await cp(path.join(MODULES, source), path.join(VENDOR, target));
}

/* Only the parts that the pages use, with dark colours by media query: see styles/bootstrap.scss. */
async function compileBootstrap() {
  const { css } = compile(path.join(ROOT, "styles", "bootstrap.scss"), {
    loadPaths: [MODULES],
    style: "compressed",
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  await writeFile(path.join(VENDOR, "bootstrap.min.css"), css);
}

await rm(VENDOR, { recursive: true, force: true });
await mkdir(VENDOR, { recursive: true });
const versions = {
  bootstrap: await packageVersion("bootstrap"),
  "plotly.js": await packageVersion("plotly.js"),
};
await Promise.all([
  bundlePlotly(versions["plotly.js"]),
  copy("plotly.js/LICENSE", "LICENSE-plotly.txt"),
  copy("bootstrap/LICENSE", "LICENSE-bootstrap.txt"),
  compileBootstrap(),
]);
await writeFile(path.join(VENDOR, "versions.json"), `${JSON.stringify(versions, null, 2)}\n`);
