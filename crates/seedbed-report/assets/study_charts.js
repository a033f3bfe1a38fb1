// The charts of a study: loss curves, one chart a task, what solved over depth, and the map of starts and depths.
"use strict";

/** Smoothed loss of every start in one task. */
function taskCurves(record, task, starts, width) {
  const rowsOf = (start) => {
    const { step, median, low, high } = start.loss_curve;
    const at = (values, index) => (finite(values[index]) && values[index] > 0 ? values[index] : NaN);
    return step.map((x, index) => ({
      x, y: at(median, index), low: at(low, index), high: at(high, index), colour: start.colour,
      title: `${start.start}\nstep ${x}: ${short(median[index])}`,
    }));
  };
  const drawn = starts.map((start) => ({ start, rows: rowsOf(start) }));
  const points = drawn.flatMap(({ rows }) => rows).filter((row) => finite(row.y));
  const first = d3.max(drawn, ({ rows }) => rows.find((row) => finite(row.y))?.y) ?? 1;
  const values = [...points.flatMap((row) => [row.y, row.low, row.high]), 0.7 * record.design.target].filter((value) => value <= 10 * first);
  const svg = Plot.plot(common(width, {
    height: 260,
    ariaLabel: `Smoothed training loss over steps in ${task.task}, one line a start`,
    x: { label: "step", domain: [0, Math.max(record.design.steps, 1)], ticks: Math.min(8, width / 70) },
    y: { ...logAxis(values, "training loss"), clamp: true },
    marks: [
      Plot.ruleY([record.design.target], { strokeDasharray: "2 3" }),
      ...drawn.flatMap(({ start, rows }) => [
        Plot.areaY(rows.filter((row) => finite(row.low) && finite(row.high)), { x: "x", y1: "low", y2: "high", fill: start.colour, fillOpacity: 0.14 }),
        Plot.lineY(rows, { x: "x", y: "y", stroke: start.colour, strokeWidth: 1.9, strokeDasharray: start.dash, strokeLinecap: "butt" }),
      ]),
      ...tip(points),
    ],
    color: { type: "identity" },
  }));
  return svg;
}

/** Share that solved, over the weighted layers of the tasks. */
function solvedOverDepth(record, starts, width) {
  const rows = starts.flatMap((start) => record.tasks.map((task) => {
    const found = task.starts.find((other) => other.start === start.start);
    return { x: task.network.layers.length, y: found.solved.value, low: found.solved.low, high: found.solved.high, colour: start.colour, dash: start.dash, line: `${start.start}, ${task.optimizer}, ${task.schedule}`, title: `${start.start}\n${task.task}: ${withInterval(found.solved)}` };
  }));
  return Plot.plot(common(width, {
    height: 260,
    ariaLabel: "Share of the seeds that solved, over weighted layers",
    x: { label: "weighted layers", type: "log", nice: true, tickFormat: "d" },
    y: { label: "share solved", domain: [0, 1], grid: true },
    marks: [
      Plot.ruleX(rows, { x: "x", y1: "low", y2: "high", stroke: "colour", strokeOpacity: 0.4 }),
      Plot.line(rows, { x: "x", y: "y", z: "line", stroke: "colour" }),
      Plot.dot(rows, { x: "x", y: "y", fill: "colour", r: 3 }),
      ...tip(rows),
    ],
    color: { type: "identity" },
  }));
}

/** What tells texts apart: each without the beginning and the end that all share, cut between words. */
function differing(texts) {
  const mark = /[^A-Za-z0-9_.]/;
  const same = (index, from) => texts.every((text) => from(text, index) === from(texts[0], index));
  const shortest = Math.min(...texts.map((text) => text.length));
  const reach = (from) => {
    let shared = 0;
    while (shared < shortest && same(shared, from)) shared += 1;
    while (shared > 0 && !mark.test(from(texts[0], shared - 1))) shared -= 1;
    return shared;
  };
  const before = reach((text, index) => text[index]);
  const after = reach((text, index) => text[text.length - 1 - index]);
  return texts.map((text) => text.slice(before, Math.max(before, text.length - after)) || text);
}

/** Share that solved, start by depth; where theory says how deep a start trains, a line across its column. */
function trainabilityMap(record, starts, width) {
  const depths = [...new Set(record.tasks.map((task) => task.network.layers.length))].sort((a, b) => a - b);
  const edge = (index) => Math.sqrt(depths[index] * depths[index + 1]);
  const last = depths.length - 1;
  const low = (index) => (index === 0 ? depths[0] ** 2 / edge(0) : edge(index - 1));
  const high = (index) => (index === last ? depths[last] ** 2 / edge(last - 1) : edge(index));
  const texts = differing(record.design.starts);
  // seven pixels a character; longer texts would run into each other
  const fit = Math.max(...texts.map((text) => text.length)) * 7 * starts.length < width - 80;
  const labels = fit ? texts : texts.map((_, index) => String(index + 1));
  const columns = starts.map((start) => ({ start: start.start, label: labels[start.index] }));
  const cells = columns.flatMap((column) => record.tasks.map((task) => {
    const { solved } = task.starts.find((found) => found.start === column.start);
    const index = depths.indexOf(task.network.layers.length);
    return { ...column, solved, y: depths[index], y1: low(index), y2: high(index), title: `${column.start}\n${task.task}: ${withInterval(solved)} solved` };
  }));
  const theory = columns.map((column) => {
    const depth = record.tasks[0].starts.find((found) => found.start === column.start).trainable_depth;
    return { ...column, depth, shown: finite(depth) && depth >= low(0) && depth <= high(last) };
  });
  const svg = Plot.plot(common(width, {
    height: 320,
    marginBottom: 48,
    ariaLabel: "Share of the seeds that solved, by start and weighted layers, and the depth to which theory says that a start trains",
    x: { type: "band", domain: columns.map((column) => column.label), padding: 0.04, label: fit ? "what differs between the starts" : "starts, in the order of the legend", labelAnchor: "center" },
    y: { type: "log", domain: [low(0), high(last)], label: "weighted layers" },
    marks: [
      // a logarithmic scale would leave out labels of its own choice
      Plot.axisY(depths, { text: (depth) => `${depth}` }),
      Plot.rect(cells, { x: "label", y1: "y1", y2: "y2", insetTop: 1, insetBottom: 1, fill: ({ solved }) => `color-mix(in srgb, var(--accent) ${Math.round(60 * solved.value)}%, var(--line))`, title: "title" }),
      Plot.tickY(theory.filter((column) => column.shown), { x: "label", y: "depth", stroke: "var(--bad)", strokeWidth: 3, title: ({ depth }) => `6 ξ_c = ${short(depth)} layers` }),
      Plot.text(cells, { x: "label", y: "y", text: ({ solved }) => share(solved.value), fontSize: 11, fill: "var(--ink)", stroke: "var(--surface)", strokeWidth: 3 }),
    ],
    color: { type: "identity" },
  }));
  return svg;
}

/** Share of the seeds that have not solved yet, of every start in one task, as steps down with their band. */
function survival(record, starts, width) {
  const rowsOf = (start) => {
    const { steps, unsolved, low, high } = start.survival;
    const rows = steps.map((x, index) => ({ x, y: unsolved[index], low: low[index], high: high[index], title: `${start.start}\nstep ${short(x)}: ${share(unsolved[index])} [${share(low[index])}, ${share(high[index])}]` }));
    const last = rows.at(-1);
    return last ? [...rows, { ...last, x: record.design.steps }] : [];
  };
  const drawn = starts.map((start) => ({ start, rows: rowsOf(start) }));
  return Plot.plot(common(width, {
    height: 220,
    ariaLabel: "Share of the seeds that have not reached the target, over steps, one line a start",
    x: { label: "step", domain: [0, record.design.steps], ticks: Math.min(8, width / 70) },
    y: { label: "share not yet solved", domain: [0, 1], grid: true },
    marks: [
      ...drawn.flatMap(({ start, rows }) => [
        Plot.areaY(rows, { x: "x", y1: "low", y2: "high", fill: start.colour, fillOpacity: 0.1, curve: "step-after" }),
        Plot.lineY(rows, { x: "x", y: "y", stroke: start.colour, strokeWidth: 1.9, strokeDasharray: start.dash, curve: "step-after", strokeLinecap: "butt" }),
      ]),
      ...tip(drawn.flatMap(({ rows }) => rows)),
    ],
    color: { type: "identity" },
  }));
}

/** Share of the trials that are solved within so many times the reference of their task, one line a start. */
function performanceProfiles(starts, width) {
  const drawn = starts.map((start) => {
    const { factor, share: shares, low, high } = start.profile;
    const title = (index) => `${start.start}\n${short(factor[index])} times the steps: ${share(shares[index])} [${share(low[index])}, ${share(high[index])}]`;
    return { start, rows: factor.map((x, index) => ({ x, y: shares[index], low: low[index], high: high[index], title: title(index) })) };
  });
  // once every line has come to its end there is nothing more to see
  const done = d3.max(drawn, ({ rows }) => rows.find((row) => row.y === rows.at(-1).y).x);
  const last = Math.min(32, Math.max(2, 1.5 * done));
  drawn.forEach((line) => { line.rows = line.rows.filter((row) => row.x <= last); });
  return Plot.plot(common(width, {
    height: 280,
    ariaLabel: "Share of the trials that have reached the target, over steps as a multiple of the fewest mean steps of the task, one line a start",
    x: { label: "steps / fewest mean steps of the task", type: "log", domain: [0.5, last] },
    y: { label: "share solved", domain: [0, 1], grid: true },
    marks: [
      Plot.axisX([0.5, 1, 2, 4, 8, 16, 32].filter((x) => x <= last), { tickFormat: (x) => `${x}`, label: null }),
      ...drawn.flatMap(({ start, rows }) => [
        Plot.areaY(rows, { x: "x", y1: "low", y2: "high", fill: start.colour, fillOpacity: 0.1 }),
        Plot.lineY(rows, { x: "x", y: "y", stroke: start.colour, strokeWidth: 1.9, strokeDasharray: start.dash, strokeLinecap: "butt" }),
      ]),
      ...tip(drawn.flatMap(({ rows }) => rows)),
    ],
    color: { type: "identity" },
  }));
}
