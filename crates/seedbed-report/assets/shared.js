// What both pages share: numbers in words, axes, elements, tables.
"use strict";

const finite = (number) => typeof number === "number" && Number.isFinite(number);

/** About three significant digits; very small and very large numbers as 1.2e-5; a dash for no number. */
function short(number) {
  if (!finite(number)) return "—";
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 0.01 || size >= 1e6) return number.toExponential(1).replace("e+", "e");
  const text = number.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `[low, high]`; an end that is not a number is open. */
function interval(estimate) {
  if (!finite(estimate.low) && !finite(estimate.high)) return "";
  const low = finite(estimate.low) ? `[${short(estimate.low)}` : "(−∞";
  const high = finite(estimate.high) ? `${short(estimate.high)}]` : "∞)";
  return `${low}, ${high}`;
}

/** A share of 0 to 1: always two decimals. */
const share = (number) => (finite(number) ? number.toFixed(2) : "—");

const shareInterval = ({ low, high }) => (finite(low) && finite(high) ? `[${share(low)}, ${share(high)}]` : "");
const withInterval = (estimate) => `${short(estimate.value)} ${interval(estimate)}`.trim();
const superscript = (number) => String(number).replace(/[-0-9]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
const powerOfTen = (exponent) => (exponent >= -2 && exponent <= 2 ? String(+(10 ** exponent).toPrecision(1)) : `10${superscript(exponent)}`);

/** Logarithmic axis over the positive values, with ticks at whole powers of ten where there are enough. */
function logAxis(values, label) {
  const positive = values.filter((value) => finite(value) && value > 0);
  const [low, high] = positive.length ? d3.extent(positive) : [0.1, 1];
  const domain = low === high ? [low / 2, high * 2] : [low, high];
  const [from, to] = [Math.floor(Math.log10(domain[0])), Math.ceil(Math.log10(domain[1]))];
  if (to - from < 4) {
    const ticks = d3.range(from, to + 1).flatMap((exponent) => [1, 2, 5].map((digit) => digit * 10 ** exponent));
    return { type: "log", domain, label, grid: true, ticks: ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]), tickFormat: short };
  }
  const every = Math.ceil((to - from) / 8);
  const exponents = d3.range(Math.ceil(from / every) * every, to + 1, every);
  const ticks = exponents.map((exponent) => 10 ** exponent).filter((tick) => tick >= domain[0] && tick <= domain[1]);
  return { type: "log", domain, label, grid: true, ticks, tickFormat: (tick) => powerOfTen(Math.round(Math.log10(tick))) };
}

const common = (width, options) => ({
  width,
  marginLeft: 52,
  marginRight: 14,
  marginTop: 30,
  marginBottom: 40,
  style: { fontSize: "12px", fontFamily: "inherit", background: "transparent", color: "inherit", overflow: "visible" },
  ...options,
});

const tip = (rows) => [
  Plot.dot(rows, Plot.pointer({ x: "x", y: "y", fill: (row) => row.colour, r: 4, maxRadius: 30 })),
  Plot.tip(rows, Plot.pointer({ x: "x", y: "y", title: "title", lineHeight: 1.35, lineWidth: 22, maxRadius: 30 })),
];

const DASHES = [null, "7 3", "2 2.5", "9 3 2 3", "13 4", "4 4", "10 3 2 3 2 3", "1.5 4"];

/** Colour and dash differ together, so that either alone tells eight priors apart, and both more. */
const styled = (priors, best) => priors.map((prior, index) => ({
  ...prior,
  index,
  colour: `var(--c${index % 8})`,
  dash: DASHES[(index + 3 * Math.floor(index / 8)) % DASHES.length],
  best: prior.prior === best,
}));

/** An element with attributes and children; text is never read as markup. */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const byId = (id) => document.getElementById(id);
const percent = (share) => `${short(100 * share)} %`;
const list = (words) => (words.length < 3 ? words.join(" and ") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

function swatch(prior) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  set(svg, { class: "swatch", viewBox: "0 0 30 10", "aria-hidden": "true" });
  set(line, { x1: 0, x2: 30, y1: 5, y2: 5, stroke: prior.colour, "stroke-width": prior.best ? 4 : 2.5, "stroke-dasharray": prior.dash ?? "none" });
  svg.append(line);
  return svg;
}

function estimate(found, number = short, ends = interval) {
  const brackets = ends(found);
  return [number(found.value), brackets && element("span", { class: "interval" }, ` ${brackets}`)];
}

/** Median steps; of a median that was not reached, what it is later than. */
function steps(found) {
  if (!found || (!finite(found.value) && !(found.low > 0))) return ["—"];
  return finite(found.value) ? estimate(found) : [`> ${short(found.low)}`];
}

function fact(name, value, detail) {
  return element("div", {}, element("dt", {}, name), element("dd", { class: value.length > 16 ? "long" : "" }, value, detail && element("small", {}, detail)));
}

function table(target, headings, bodyRows) {
  const head = element("tr", {}, ...headings.map((heading) => element("th", { scope: "col" }, heading)));
  target.replaceChildren(element("thead", {}, head), element("tbody", {}, ...bodyRows));
}

/** A row whose cells carry their column's name, for narrow screens. */
function tableRow(headings, cells, attributes) {
  const tds = cells.map(([kind, ...content], index) => element("td", { class: kind, "data-label": headings[index] }, element("div", {}, ...content)));
  return element("tr", attributes, ...tds);
}

const words = (name) => name.replaceAll("_", " ");
const heldName = (held) => (held === true ? "yes" : held === false ? "no" : "none");

/** Calls `draw` again when the width has changed. */
function followWidth(draw) {
  let width = document.documentElement.clientWidth;
  window.addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    requestAnimationFrame(draw);
  });
}
