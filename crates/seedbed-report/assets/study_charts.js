// The charts of a study: loss curves, one chart a task, and steps to the target over depth.
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
    return { x: task.network.layers.length, y: found.solved.value, low: found.solved.low, high: found.solved.high, colour: start.colour, dash: start.dash, start: start.start, title: `${start.start}\n${task.task}: ${withInterval(found.solved)}` };
  }));
  return Plot.plot(common(width, {
    height: 260,
    ariaLabel: "Share of the seeds that solved, over weighted layers",
    x: { label: "weighted layers", type: "log", nice: true, tickFormat: "d" },
    y: { label: "share solved", domain: [0, 1], grid: true },
    marks: [
      Plot.ruleX(rows, { x: "x", y1: "low", y2: "high", stroke: "colour", strokeOpacity: 0.4 }),
      Plot.line(rows, { x: "x", y: "y", z: "start", stroke: "colour" }),
      Plot.dot(rows, { x: "x", y: "y", fill: "colour", r: 3 }),
      ...tip(rows),
    ],
    color: { type: "identity" },
  }));
}
