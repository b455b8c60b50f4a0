// Draws the charts of a page. Without this script the page is complete: each chart has its table.
//
// A chart is <figure data-chart="ID">, where ID names a JSON element with {figure, finding, source, name}; the element
// "chart-settings" holds what all charts share. Plotly is loaded when the first chart comes near the window.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const settings = read("chart-settings");
const dark = matchMedia("(prefers-color-scheme: dark)");
const NARROW = 560;
const PAPER = 680; // what A4 and Letter have between their margins
let printing = false;
const PICTURE = { width: 1200, head: 60, foot: 40 };

let loading = null;
function plotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly); // it is part of the document
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = settings.plotly;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { loading = null; reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return loading;
}

// A copy of the figure in which every string that is a colour of the light theme is that of the dark one.
function themed(value) {
  if (typeof value === "string") return settings.dark[value] ?? value;
  if (Array.isArray(value)) return value.map(themed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item)]));
}

// "P15 quality checks *" becomes "P15 *", "2 Emerging" becomes "2", a team's own "T1 Anything" becomes "T1": on a phone the
// table beside has the names. "T1 2027" is a quarter.
function shortened(text) {
  const line = text.replaceAll("<br>", " ");
  const short = line.replace(/^(T[1-9]\d{0,3}) (?!\d{4}$).*$/s, "$1")
    .replace(/^(<b>)?([PIM]\d\d|[1-5])( [^*<]*?)?( ?\*)?(<\/b>)?$/, "$1$2$4$5");
  return short === line ? text : short;
}

// Small multiples beside each other stand below each other on a phone, each under its title and with the labels of the scale.
const PANEL = { height: 210, title: 26, foot: 44, legend: 16 };
function stacked(layout) {
  const beside = (axis) => axis.domain && axis.domain[1] - axis.domain[0] < 0.6;
  const isTitle = (note) => note.xref === "paper" && note.yref === "paper";
  const panels = Object.keys(layout).filter((key) => /^xaxis\d*$/.test(key) && beside(layout[key])).map((key) => key.slice(5));
  // The title of a single one is what the page says above it.
  if (panels.length < 2) return { ...layout, annotations: layout.annotations?.filter((note) => !isTitle(note)) };
  const whole = panels.length * PANEL.height, share = (pixels) => pixels / whole;
  const axes = panels.flatMap((panel, place) => {
    const x = layout[`xaxis${panel}`], y = layout[`yaxis${panel}`], top = 1 - share(place * PANEL.height + PANEL.title);
    const ticktext = y.ticktext?.every((text) => !text) ? layout.yaxis.ticktext : y.ticktext;
    const domain = [1 - share((place + 1) * PANEL.height - PANEL.foot), top];
    return [[`xaxis${panel}`, { ...x, domain: [0, 1] }], [`yaxis${panel}`, { ...y, domain, ...(ticktext && { ticktext }) }]];
  });
  let place = 0;
  const annotations = layout.annotations.map((note) => (isTitle(note)
    ? { ...note, x: 0, xanchor: "left", y: 1 - share(place++ * PANEL.height + PANEL.title), yanchor: "bottom" } : note));
  const margin = { ...layout.margin, t: 0 };
  return { ...layout, ...Object.fromEntries(axes), annotations, margin, legend: { ...layout.legend, y: -share(PANEL.legend) }, height: whole + (margin.b ?? 0) };
}

function fitted(figure, width) {
  if (width >= NARROW) return figure;
  const layout = { ...stacked(figure.layout) };
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const texts = layout[name].ticktext;
    if (texts) layout[name] = { ...layout[name], ticktext: texts.map(shortened) };
  }
  const data = figure.data.map((trace) => (Array.isArray(trace.text) ? tightened(trace) : trace));
  // The column of numbers right of a scale is centred on it: many long names leave it less than its own width.
  if (layout.annotations?.some((note) => note.xanchor === "center" && !note.xref)) layout.margin = { ...layout.margin, r: Math.max(layout.margin?.r ?? 0, 24) };
  const annotations = layout.annotations?.map((note) => (note.borderpad ? { ...note, text: note.text.replace(/ (?=\S+<\/b>$)/, "<br>") } : note));
  return { data, layout: endsInside(annotations ? { ...layout, annotations } : layout) };
}

// "5.0 / 5.4 pw" becomes "5.0/5.4", a little smaller, so that four quarters stand beside each other: the finding above the
// chart names the unit.
const SHARE = /^([\d.,]+) \/ ([\d.,]+) .*$/;
function tightened(trace) {
  if (!trace.text.some((text) => SHARE.test(text))) return trace;
  return { ...trace, text: trace.text.map((text) => (typeof text === "string" ? text.replace(SHARE, "$1/$2") : text)), textfont: { ...trace.textfont, size: 10 } };
}

// Labels at the right end of lines stand above and below them where there is no room beside; quarters take two lines.
function endsInside(layout) {
  const axis = layout.xaxis, ends = (layout.annotations ?? []).filter((note) => note.xanchor === "left" && note.xshift > 0);
  if (!axis?.ticktext || ends.length !== 2) return layout;
  const moved = ends.map((note, place) => ({ ...note, xanchor: "right", xshift: 12, yshift: place ? -14 : 14 }));
  const last = axis.tickvals.at(-1);
  return {
    ...layout,
    annotations: layout.annotations.map((note) => (ends.includes(note) ? moved[ends.indexOf(note)] : note)),
    xaxis: { ...axis, range: [axis.range[0], last + 0.3], tickangle: 0, ticktext: axis.ticktext.map((text) => text.replace(/ (?=\d{4}$)/, "<br>")) },
    margin: { ...layout.margin, r: 8, b: (layout.margin?.b ?? 28) + 14 },
  };
}

async function draw(frame) {
  const place = frame.querySelector(".chart");
  const { figure } = read(frame.dataset.chart);
  const Plotly = await plotly();
  const shown = structuredClone(fitted(dark.matches && !printing ? themed(figure) : figure, printing ? PAPER : frame.clientWidth));
  const size = printing ? { autosize: false, width: PAPER } : { autosize: true };
  await Plotly.react(place, shown.data, { ...shown.layout, ...size }, settings.config);
  place.setAttribute("aria-busy", "false");
}

// A picture stands alone: on white, with the finding above it and what it was made from below.
async function download(frame, format) {
  const { figure, finding, source, name } = read(frame.dataset.chart);
  const Plotly = await plotly();
  const { data, layout } = structuredClone(figure);
  const margin = layout.margin ?? {};
  const height = (layout.height ?? 400) + PICTURE.head + PICTURE.foot;
  const words = (text) => text.replaceAll("<", "").replaceAll("&", "&amp;");
  layout.margin = { ...margin, t: (margin.t ?? 40) + PICTURE.head, b: (margin.b ?? 40) + PICTURE.foot };
  layout.title = { text: words(finding), x: 0.01, xanchor: "left", y: 1 - 24 / height, font: { size: 16, color: settings.ink } };
  layout.annotations = [...(layout.annotations ?? []), {
    text: words(`${source} · ${new Date().toLocaleString(document.documentElement.lang)}`), xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "bottom",
    yshift: -layout.margin.b + 6, showarrow: false, font: { size: 11, color: settings.muted },
  }];
  layout.paper_bgcolor = layout.plot_bgcolor = "#FFFFFF";
  await Plotly.downloadImage({ data, layout, config: settings.config }, { format, filename: name, width: PICTURE.width, height });
}

// Charts near the window first, the rest when the browser has nothing better to do.
const waiting = new Set();
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

function drawOnce(frame) {
  if (!waiting.delete(frame)) return Promise.resolve();
  near.unobserve(frame);
  return draw(frame).catch(() => { frame.querySelector(".chart").hidden = true; });
}

function drawRest() {
  const [next] = waiting;
  if (next) idle(() => drawOnce(next).then(drawRest));
}

const near = new IntersectionObserver((entries) => {
  const visible = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
  Promise.all(visible.map(drawOnce)).then(drawRest);
}, { rootMargin: "300px" });

function watch(frame) {
  const place = frame.querySelector(".chart");
  place.style.minHeight = `${fitted(read(frame.dataset.chart).figure, frame.clientWidth || NARROW).layout.height}px`;
  place.hidden = false;
  waiting.add(frame);
  near.observe(frame);
  for (const button of frame.querySelectorAll("[data-download]")) {
    button.hidden = false;
    button.addEventListener("click", () => download(frame, button.dataset.download));
  }
}

document.querySelectorAll("[data-chart]").forEach(watch);
// A part of the page that was replaced has charts of its own.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt !== document.body) elt.querySelectorAll("[data-chart]").forEach(watch);
});

const redraw = () => document.querySelectorAll("[data-chart]:has(.js-plotly-plot)").forEach(draw);
dark.addEventListener("change", redraw);
for (const event of ["beforeprint", "afterprint"]) {
  addEventListener(event, () => {
    printing = event === "beforeprint";
    redraw();
  });
}
let narrow = innerWidth < NARROW;
addEventListener("resize", () => {
  if (narrow === innerWidth < NARROW) return;
  narrow = !narrow;
  redraw();
});
