"use strict";
/* The layers that have no figure: spans and marks, drawn into a uPlot as a plugin. */
deadstop.lanes = (() => {
  const ROW_PX = 19;
  const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

  /** Give each span a row of its lane in which it covers no other; the first row of all is for flags. */
  function arrange(lanes) {
    let top = 1;
    return lanes.map((lane) => {
      const ends = [];
      const rows = lane.spans.map(([begin, end]) => {
        let row = ends.findIndex((last) => last <= begin);
        if (row < 0) row = ends.length;
        ends[row] = end;
        return row;
      });
      const placed = { ...lane, top, rows, count: Math.max(1, ends.length) };
      top += placed.count;
      return placed;
    });
  }

  const rowsOf = (placed) =>
    placed.length ? placed[placed.length - 1].top + placed[placed.length - 1].count : 1;

  function clipped(context, text, room) {
    if (room < 12) return "";
    if (context.measureText(text).width <= room) return text;
    let length = text.length;
    while (length > 1 && context.measureText(text.slice(0, length) + "…").width > room)
      length -= Math.ceil(length / 8);
    return length > 1 ? text.slice(0, length) + "…" : "";
  }

  function draw(u, placed, tones) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, width } = u.bbox;
    const right = left + width;
    const x = (at) => Math.round(u.valToPos(at, "x", true));
    const y = (row) => u.valToPos(row, "y", true);
    const colours = Object.fromEntries(tones.map((tone) => [tone, deadstop.colour(tone)]));
    const ink = deadstop.colour("ink");
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, u.bbox.top, width, u.bbox.height);
    ctx.clip();
    ctx.font = FONT.replace("11px", 11 * ratio + "px");
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    for (const lane of placed) {
      ctx.fillStyle = deadstop.colour("grid");
      ctx.fillRect(left, Math.round(y(lane.top)), width, ratio);
      const taken = [];
      lane.spans.forEach(([begin, end, label, , tone], number) => {
        const from = Math.max(left - 2, x(begin));
        const to = Math.min(right + 2, Math.max(x(end), x(begin) + 2 * ratio));
        if (to < left || from > right) return;
        const row = lane.top + lane.rows[number];
        const up = y(row) + 3 * ratio;
        const high = y(row + 1) - 3 * ratio - up;
        const hue =
          lane.name === "legs" ? deadstop.colour("leg-" + deadstop.legNumber(label)) : colours[tones[tone]];
        ctx.globalAlpha = lane.name === "legs" ? 0.85 : 0.28;
        ctx.fillStyle = hue;
        ctx.fillRect(from, up, to - from, high);
        ctx.globalAlpha = 1;
        ctx.fillRect(from, up, 2 * ratio, high);
        const text = clipped(ctx, label, to - from - 8 * ratio);
        ctx.fillStyle = lane.name === "legs" ? deadstop.colour("paper") : ink;
        if (text) ctx.fillText(text, from + 6 * ratio, up + high / 2);
        taken.push([from, to]);
      });
      let free = left - 1e6;
      const middle = y(lane.top + 0.5);
      lane.marks.forEach(([at, label, , tone], number) => {
        const here = x(at);
        if (here < left - 4 || here > right + 4) return;
        const size = 4 * ratio;
        ctx.fillStyle = colours[tones[tone]];
        ctx.beginPath();
        ctx.moveTo(here, middle - size);
        ctx.lineTo(here + size, middle);
        ctx.lineTo(here, middle + size);
        ctx.lineTo(here - size, middle);
        ctx.fill();
        if (here < free || taken.some(([from, to]) => here + size < to && from < here + size + 40 * ratio))
          return;
        let later = number + 1;
        while (later < lane.marks.length && x(lane.marks[later][0]) <= here + size) later += 1;
        const next = later < lane.marks.length ? Math.min(x(lane.marks[later][0]) - size, right) : right;
        const room = next - here - size - 6 * ratio;
        const text = clipped(ctx, label, room);
        if (text) {
          ctx.fillStyle = ink;
          ctx.fillText(text, here + size + 2 * ratio, middle);
          free = here + size + ctx.measureText(text).width;
        }
      });
    }
    ctx.restore();
  }

  /** Return what is nearest to a time in a row, no further away than *reach* ms. */
  function at(placed, row, time, reach) {
    const lane = placed.find((one) => row >= one.top && row < one.top + one.count);
    if (!lane) return null;
    let best = null;
    for (const [when, , detail] of lane.marks) {
      const off = Math.abs(when - time);
      if (off <= reach && (!best || off < best.off)) best = { off, when, detail, lane: lane.name };
    }
    if (best) return best;
    lane.spans.forEach(([begin, end, , detail], number) => {
      if (begin - reach <= time && time <= end + reach && lane.top + lane.rows[number] === Math.floor(row))
        best = { when: begin, until: end, detail, lane: lane.name };
    });
    return best;
  }

  /** Return all events in the order of time. */
  function events(lanes) {
    const all = [];
    for (const lane of lanes) {
      if (lane.name === "legs") continue;
      for (const [when, , detail] of lane.marks) all.push({ when, detail, lane: lane.name });
      for (const [when, until, , detail] of lane.spans) all.push({ when, until, detail, lane: lane.name });
    }
    return all.sort((one, other) => one.when - other.when);
  }

  return { ROW_PX, FONT, arrange, rowsOf, draw, at, events };
})();
