// The pictures of what priors believe: each takes a prior, or all of them, and a width, and gives an SVG, or null where
// there is nothing to draw, and a note in words. A prior here is its record with `index`, `colour` and `dash` added.
"use strict";

const THEORY = "var(--ink)";
/** Below this share of the largest singular value, the rest is told in words. */
const SMALLEST_SINGULAR_VALUE = 1e-4;
const BINS = 32;

const halo = { stroke: "var(--surface)", strokeWidth: 4 };

/** A logarithmic axis that is never narrower than a factor 4, so that rounding does not look like a finding. */
function wideLogAxis(values, label) {
  const positive = values.filter((value) => finite(value) && value > 0);
  if (!positive.length) return logAxis([], label);
  const [low, high] = d3.extent(positive);
  const room = Math.max(1.25, 2 / Math.sqrt(high / low));
  return logAxis([low / room, high * room], label);
}

/** The signal of one prior at each layer, measured, beside its prediction and the range of one draw at this width. */
function signalOverDepth(prior, width, { direction, label }) {
  const place = (value) => (finite(value) && value > 0 ? value : NaN);
  const rows = prior.signal.map((layer, index) => {
    const { measured, predicted } = layer[direction];
    const range = finite(predicted?.low) ? ` [${short(predicted.low)}, ${short(predicted.high)}]` : "";
    return {
      x: index + 1, y: place(measured.value), low: place(measured.low), high: place(measured.high),
      theory: place(predicted?.value), from: place(predicted?.low), to: place(predicted?.high), colour: prior.colour,
      title: `${layer.layer}\nmeasured ${withInterval(measured)}\ntheory ${predicted ? short(predicted.value) + range : "none"}`,
    };
  });
  const measured = rows.filter((row) => finite(row.y));
  const predicted = rows.filter((row) => finite(row.theory));
  const lost = rows.length - measured.length;
  const note = [
    lost ? `Not on the logarithmic axis: ${lost === rows.length ? "every layer" : `${lost} of ${rows.length} layers`}, where a draw has no signal.` : "",
    prior.signal.some((layer) => layer[direction].predicted) ? "" : "No prediction: some operation or law has no closed form here; the table says which.",
  ].join(" ").trim();
  if (!measured.length && !predicted.length) return { svg: null, note };
  const layers = rows.length;
  const values = rows.flatMap((row) => [row.y, row.low, row.high, row.theory, row.from, row.to]);
  const svg = Plot.plot(common(width, {
    height: 300,
    ariaLabel: `${label} of each layer, measured and predicted`,
    x: { label: "layer", domain: [0.5, layers + 0.5], ticks: d3.ticks(1, layers, Math.min(layers, 10)).filter(Number.isInteger), tickFormat: "d" },
    y: wideLogAxis(values, label),
    marks: [
      Plot.areaY(rows.filter((row) => finite(row.from)), { x: "x", y1: "from", y2: "to", fill: THEORY, fillOpacity: 0.1 }),
      Plot.lineY(predicted, { x: "x", y: "theory", stroke: THEORY, strokeWidth: 1.4, strokeDasharray: "6 4" }),
      layers === 1 ? Plot.dot(predicted, { x: "x", y: "theory", stroke: THEORY, symbol: "times", r: 5 }) : null,
      Plot.ruleX(measured.filter((row) => finite(row.low)), { x: "x", y1: "low", y2: "high", stroke: prior.colour, strokeWidth: layers > 40 ? 2 : 3.5, strokeOpacity: 0.65 }),
      Plot.dot(measured, { x: "x", y: "y", fill: prior.colour, r: layers > 40 ? 2 : 3 }),
      ...tip(measured),
    ],
  }));
  return { svg, note };
}

/** The singular values of draws on a logarithmic axis: the measured share a power of ten, and the law where it is known. */
function singularValues(prior, width) {
  const record = prior.jacobian;
  if (!record) return { svg: null, note: "The Jacobian is too large, or the examples of a batch depend on each other." };
  const all = record.singular_values.flat().filter(finite);
  const largest = d3.max(all) ?? 0;
  const ends = `From ${record.from} to ${record.to}, ${record.singular_values.length} draws.`;
  if (!(largest > 0)) return { svg: null, note: `${ends} Every singular value is 0.` };
  const atoms = (record.law?.atoms ?? []).map(([square, held]) => ({ value: Math.sqrt(square), held }));
  const least = SMALLEST_SINGULAR_VALUE * largest;
  const shown = all.filter((value) => value >= least);
  const law = (record.law?.squares ?? []).map((square, index) => ({
    // in λ the density f; in log₁₀ of its root 2 λ f ln 10
    x: Math.sqrt(square), y: 2 * Math.LN10 * square * record.law.density[index],
  })).filter(({ x }) => x >= least);
  const seen = 1e-3 * (d3.max(law, ({ y }) => y) ?? 0);
  const spots = [...shown, ...law.filter(({ y }) => y > seen).map(({ x }) => x), ...atoms.filter(({ value }) => value > 0).map(({ value }) => value)];
  const [low, high] = d3.extent(spots);
  const room = Math.max(1.1, 2 / Math.sqrt(high / low));
  const [from, to] = [Math.log10(low / room), Math.log10(high * room)];
  const step = (to - from) / BINS;
  const counts = d3.bin().domain([from, to]).thresholds(d3.range(from, to, step).slice(1))(shown.map(Math.log10));
  const bars = counts.filter((bin) => bin.length && bin.x1 > bin.x0).map((bin) => ({
    x1: 10 ** bin.x0, x2: 10 ** bin.x1, x: 10 ** ((bin.x0 + bin.x1) / 2), y: bin.length / all.length / (bin.x1 - bin.x0), colour: prior.colour,
    title: `${short(10 ** bin.x0)} to ${short(10 ** bin.x1)}\n${percent(bin.length / all.length)} of the singular values`,
  }));
  const top = 1.08 * d3.max([...bars, ...law], ({ y }) => y);
  const lines = atoms.filter(({ value }) => value > 0);
  const svg = Plot.plot(common(width, {
    height: 300,
    ariaLabel: "Singular values of the Jacobian: share of them over their size",
    x: { ...logAxis([10 ** from, 10 ** to], "singular value"), grid: false },
    y: { label: "share a power of ten", grid: true, domain: [0, top] },
    marks: [
      Plot.rectY(bars, { x1: "x1", x2: "x2", y1: 0, y2: "y", fill: prior.colour, fillOpacity: 0.55, inset: 0.3 }),
      Plot.lineY(law, { x: "x", y: "y", stroke: THEORY, strokeWidth: 1.4, strokeDasharray: "6 4", clip: true }),
      Plot.ruleX(lines, { x: "value", stroke: THEORY, strokeWidth: 1.4, strokeDasharray: "6 4" }),
      Plot.text(lines, { x: "value", y: top, dx: 6, dy: 8, textAnchor: "start", text: ({ held }) => `law: ${percent(held)} here`, fill: "currentColor", ...halo }),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.4 }),
      ...tip(bars),
    ],
  }));
  const lowest = all.filter((value) => value < least).length / all.length;
  const zero = atoms.find(({ value }) => value === 0);
  const below = lowest > 0 || zero ? ` ${percent(lowest)} lie below ${short(least)}, off the axis${zero ? `; the law: ${percent(zero.held)} are 0` : ""}.` : "";
  const known = record.law ? "" : " No law: it is known here for equal layers of independent or orthogonal weights and slopes of 0 and 1.";
  return { svg, note: ends + below + known };
}

/** Where priors lie in the plane of σ_b² and σ_w², beside the edge of chaos. */
function phaseDiagram(priors, width) {
  const placed = priors.filter((prior) => prior.phase);
  if (!placed.length) return { svg: null, note: "No place in the diagram: the mean field speaks of networks with weights of one law in every layer." };
  const edge = d3.greatest(placed, (prior) => prior.phase.edge_of_chaos.at(-1)?.[0] ?? 0).phase.edge_of_chaos.map(([x, y]) => ({ x, y }));
  const far = 2 * (d3.max(edge, ({ y }) => y) ?? 2);
  const right = Math.max(d3.max(edge, ({ x }) => x) ?? 0, d3.max(placed, (prior) => prior.phase.bias_variance)) || 1;
  const inside = d3.max(placed.map((prior) => prior.phase.weight_variance).filter((value) => value <= 2 * far)) ?? 0;
  const top = 1.15 * Math.max(far / 1.3, inside);
  const rows = placed.map((prior) => {
    const { weight_variance: y, bias_variance: x, phase, chi, trainable_depth: depth, activation } = prior.phase;
    const kind = phase ?? "no fixed point";
    const more = [finite(chi) ? `χ₁ = ${short(chi)}` : "", finite(depth) && depth >= 1 ? `trainable to about ${depth.toFixed(0)} layers` : ""];
    return {
      x, y: Math.min(y, top), beyond: y > top, colour: prior.colour, activation,
      name: y > top ? `${prior.prior}: σ_w² = ${short(y)}, beyond the edge of the picture` : prior.prior,
      title: [prior.prior, `σ_w² = ${short(y)}, σ_b² = ${short(x)}`, kind, ...more].filter(Boolean).join("\n"),
    };
  });
  const curve = edge.length > 1 ? edge : edge.map(({ y }) => [0, right].map((x) => ({ x, y }))).flat();
  const label = (text, y, anchor) => Plot.text([text], { x: right, y, frameAnchor: anchor, textAnchor: "end", dx: -8, text: (word) => word, fill: "var(--soft)", fontSize: 13, fontStyle: "italic", ...halo });
  // the edge has its name where no prior has its own
  const taken = rows.some((row) => row.x > right / 2);
  const named = curve[taken ? Math.floor(0.3 * curve.length) : curve.length - 1];
  const svg = Plot.plot(common(width, {
    height: 320,
    ariaLabel: "Ordered and chaotic phase over the variances of weights and biases",
    x: { label: "σ_b²", domain: [0, right], grid: false },
    y: { label: "σ_w² (weight variance times fan_in)", domain: [0, top], grid: false },
    color: { type: "identity" },
    marks: [
      Plot.areaY(curve, { x: "x", y1: "y", y2: () => top, fill: "var(--c1)", fillOpacity: 0.13 }),
      Plot.areaY(curve, { x: "x", y1: 0, y2: "y", fill: "var(--c0)", fillOpacity: 0.13 }),
      Plot.lineY(curve, { x: "x", y: "y", stroke: THEORY, strokeWidth: 1.6, strokeDasharray: edge.length > 1 ? null : "3 4" }),
      label("chaotic", top - 0.06 * top), label("ordered", 0.06 * top),
      named ? Plot.text([named], { x: "x", y: "y", dy: taken ? 12 : -9, dx: taken ? 30 : -8, textAnchor: taken ? "start" : "end", text: () => "edge of chaos", fill: "currentColor", ...halo }) : null,
      Plot.dot(rows, { x: "x", y: "y", fill: "colour", stroke: "var(--surface)", strokeWidth: 1.5, r: 6.5, symbol: (row) => (row.beyond ? "triangle" : "circle") }),
      ...[false, true].map((far) => Plot.text(apart(rows, top).filter((row) => row.x > right / 2 === far), {
        x: "x", y: "textY", dx: far ? -12 : 12, textAnchor: far ? "end" : "start", text: (row) => cut(row.name, 60), fill: "currentColor", fontWeight: 600, ...halo,
      })),
      Plot.tip(rows, Plot.pointer({ x: "x", y: "y", title: "title", lineHeight: 1.35, lineWidth: 22, maxRadius: 30 })),
    ],
    symbol: { type: "identity" },
  }));
  const absent = priors.filter((prior) => !prior.phase).map((prior) => prior.prior);
  const words = rows.length === 1 ? `${rows[0].title.split("\n").slice(1).join(", ")}. ` : "";
  const kind = edge.length > 1 ? "" : " This activation is critical without biases only; with them the length grows without end at the dotted line.";
  return { svg, note: `${words}For ${rows[0].activation}, at infinite width and depth.${kind}${absent.length ? ` Without a place: ${absent.join(", ")}.` : ""}` };
}

const cut = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** The rows with a height for their names, moved up where two would lie upon each other. */
function apart(rows, top) {
  const least = 0.062 * top;
  let last = -Infinity;
  return d3.sort(rows, (row) => row.y).map((row) => {
    last = Math.max(row.y, last + least);
    return { ...row, textY: Math.min(last, top) };
  });
}

/** How frequent each Boolean function is among draws, by rank. */
function rankPlot(priors, width) {
  const drawn = priors.filter((prior) => prior.functions);
  const alone = drawn.length === 1;
  const rows = drawn.flatMap((prior) => prior.functions.shares.map((held, index) => ({
    x: index + 1, y: held, complexity: prior.functions.complexities[index], prior: prior.index, colour: prior.colour,
    title: `${alone ? "" : `${prior.prior}\n`}rank ${index + 1}: ${percent(held)} of the draws\nLempel–Ziv complexity ${short(prior.functions.complexities[index])} bits`,
  })));
  const svg = Plot.plot(common(width, {
    height: 320,
    ariaLabel: "Share of the draws that compute each Boolean function, by rank",
    x: { ...logAxis([0.9, 1.1 * d3.max(rows, (row) => row.x)], "rank of the function"), grid: true },
    y: wideLogAxis(rows.map((row) => row.y), "share of the draws"),
    ...(alone
      ? { color: { type: "linear", scheme: "viridis", label: "Lempel–Ziv complexity (bits)", legend: true, reverse: true } }
      : { color: { type: "identity" } }),
    marks: [
      ...(alone ? [] : drawn.map((prior) => Plot.lineY(rows.filter((row) => row.prior === prior.index), { x: "x", y: "y", stroke: prior.colour, strokeDasharray: prior.dash, strokeWidth: 1.5 }))),
      Plot.dot(rows, { x: "x", y: "y", fill: alone ? "complexity" : "colour", r: alone ? 2.8 : 2 }),
      Plot.tip(rows, Plot.pointer({ x: "x", y: "y", title: "title", lineHeight: 1.35, lineWidth: 22, maxRadius: 30 })),
    ],
  }));
  const words = drawn.map(({ prior, functions: { inputs, draws, distinct } }) =>
    `${alone ? "" : `${prior}: `}${distinct.toLocaleString("en")} different functions of ${inputs} bits in ${draws.toLocaleString("en")} draws`);
  return { svg, note: `${words.join("; ")}.` };
}
