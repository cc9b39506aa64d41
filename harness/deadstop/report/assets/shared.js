"use strict";
/* What all parts of the page use. Text comes in as text: nothing here makes markup. */
const deadstop = (() => {
  const root = document.documentElement;

  /** Make an element: `make("td", { class: "wide" }, "text", child)`. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
    return element;
  }

  /** Unpack what the page carries for a case; see packed.py. */
  async function unpack(anchor) {
    const packed = document.getElementById("data-" + anchor);
    if (!packed) return null;
    const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  const colour = (name) =>
    getComputedStyle(root)
      .getPropertyValue("--" + name)
      .trim();

  /** Show a time in ms with as many digits as steps of this width need, but four at most. */
  function ms(value, step = 1) {
    let digits = Math.min(4, Math.max(0, Math.ceil(-Math.log10(step))));
    while (digits < 4 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 0.01) digits += 1;
    return value.toFixed(digits).replace("-", "\u2212") + " ms";
  }

  /** Call back whenever what is in *element* must be drawn anew: other colours, another width, paper. */
  function onRedraw(element, redraw) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let last = element.clientWidth; // 0 while the element is hidden
    const observer = new ResizeObserver(() => {
      if (!element.clientWidth || element.clientWidth === last) return;
      last = element.clientWidth;
      redraw();
    });
    observer.observe(element);
    dark.addEventListener("change", redraw);
    window.addEventListener("deadstop-paper", redraw);
    return () => {
      observer.disconnect();
      dark.removeEventListener("change", redraw);
      window.removeEventListener("deadstop-paper", redraw);
    };
  }

  /** Paper is white, and as wide as it is: A4 without the margins of @page, in CSS pixels. */
  const PAPER_PX = 700;
  function paper(on) {
    if (root.classList.contains("printing") === on) return;
    root.classList.toggle("printing", on);
    window.dispatchEvent(new Event("deadstop-paper"));
  }
  window.addEventListener("beforeprint", () => paper(true));
  window.addEventListener("afterprint", () => paper(false));
  matchMedia("print").addEventListener("change", (event) => paper(event.matches));

  const widthOf = (element) =>
    root.classList.contains("printing") ? PAPER_PX : Math.max(280, element.clientWidth);

  /** Draw the legs of a stop as one bar, with what each took below it. */
  function drawLegs(element, legs) {
    element.replaceChildren();
    const whole = legs.find((leg) => leg.name === "trigger to shaft still");
    const parts = legs.filter((leg) => leg !== whole && leg.name !== "first to last stop byte");
    if (!legs.length) {
      element.append(
        make("p", { class: "note" }, "No stop was owed, or none was seen: there are no legs to show."),
      );
      return;
    }
    if (!whole) {
      const seen = parts.map((leg) => leg.name + " " + leg.text).join(", ");
      element.append(
        make("p", {}, make("span", { class: "missing" }, "No standstill was seen."), " " + seen),
      );
      return;
    }
    const bar = make("div", { class: "bar", "aria-hidden": "true" });
    const list = make("ol");
    list.append(
      make("li", { class: "whole", "data-s": whole.s }, whole.name + " ", make("b", {}, whole.text)),
    );
    for (const leg of parts) {
      const kind = "leg-" + legNumber(leg.name);
      const piece = make("span", { class: kind, title: leg.name + ": " + leg.text });
      piece.style.flexGrow = String(leg.s * 1e6); // below 1 in all, a bar would not be filled
      bar.append(piece);
      list.append(make("li", { class: kind, "data-s": leg.s }, leg.name + " ", make("b", {}, leg.text)));
    }
    const rest = whole.s - parts.reduce((sum, leg) => sum + leg.s, 0);
    if (rest > 0.02 * whole.s) {
      const piece = make("span", { title: "not told apart" });
      piece.style.flexGrow = String(rest * 1e6);
      bar.append(piece);
    }
    element.append(bar, list);
  }

  const LEGS = [
    "trigger to operation",
    "operation to first stop byte",
    "first to last stop byte",
    "stop byte to board",
    "board to pins dead",
    "pins dead to shaft still",
  ];
  const legNumber = (name) => LEGS.indexOf(name) + 1;

  return { make, unpack, colour, ms, onRedraw, widthOf, drawLegs, legNumber };
})();
