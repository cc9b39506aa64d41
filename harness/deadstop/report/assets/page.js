"use strict";
/* Which view is open, and the keys that lead from one to another. */
(() => {
  const index = JSON.parse(document.getElementById("index").textContent);
  const [overview, host] = ["overview", "case"].map((id) => document.getElementById(id));
  const anchors = index.cases.map(([anchor]) => anchor);
  const links = [...document.querySelectorAll(".matrix td a")];
  const title = document.title;
  let open = null;
  let back = "";
  let asked = 0;

  async function route() {
    const anchor = decodeURIComponent(location.hash.slice(1));
    const at = anchors.indexOf(anchor);
    const mine = ++asked;
    const data = at < 0 ? null : await deadstop.unpack(anchor);
    if (mine !== asked) return; // somebody went on meanwhile
    if (open) open.destroy();
    open = null;
    overview.hidden = Boolean(data);
    host.hidden = !data;
    if (!data) {
      host.replaceChildren();
      document.title = title;
      const link = links.find((one) => one.getAttribute("href") === "#" + back);
      if (link && (anchor === "top" || !anchor)) focusCell(link);
      return;
    }
    back = anchor;
    for (const link of links) if (link.getAttribute("href") === "#" + anchor) link.classList.add("visited");
    const [, id] = index.cases[at];
    const run = index.runs.length > 1 ? index.runs.find((one) => anchor.startsWith(one.key)).key : "";
    document.title = id + " – deadstop";
    open = deadstop.openCase(host, data, {
      number: at + 1,
      total: anchors.length,
      previous: anchors[at - 1],
      next: anchors[at + 1],
      run,
    });
    addSiblings(at);
    window.scrollTo(0, 0);
    host.focus({ preventScroll: true });
  }

  /** The same case in other runs, and its other repeats. */
  function addSiblings(at) {
    const [, id] = index.cases[at];
    const others = index.cases.filter(([, other], number) => other === id && number !== at);
    if (!others.length) return;
    const line = deadstop.make("p", { class: "facts" }, "The same case: ");
    for (const [anchor, , repeat, outcome] of others.slice(0, 60)) {
      const run = index.runs.length > 1 ? "run " + anchor[0] : "";
      const text = [run, repeat > 1 || others.length >= index.runs.length ? "#" + repeat : ""]
        .filter(Boolean)
        .join(" ");
      line.append(
        deadstop.make("a", { href: "#" + anchor }, text || "#" + repeat),
        outcome === "pass" ? "  " : " (" + outcome + ")  ",
      );
    }
    host.querySelector(".facts").after(line);
  }

  function focusCell(link) {
    for (const one of links) one.tabIndex = one === link ? 0 : -1;
    link.focus();
  }

  /** In the matrix, arrows go to the nearest cell that way; Tab leaves it. */
  function move(link, key) {
    const cell = link.closest("td");
    const within = [...cell.querySelectorAll("a")];
    const down = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    const beside = within[within.indexOf(link) + down];
    if (down && beside) return focusCell(beside);
    const here = link.getBoundingClientRect();
    const [dx, dy] = [key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0, down];
    let best = null;
    for (const other of links) {
      const there = other.getBoundingClientRect();
      const [x, y] = [there.left - here.left, there.top - here.top];
      const [along, across] = dx ? [x * dx, Math.abs(y)] : [y * dy, Math.abs(x)];
      if (along > 2 && (!best || along + 20 * across < best.off)) best = { off: along + 20 * across, other };
    }
    if (best) focusCell(best.other);
  }

  links.forEach((link, number) => {
    link.tabIndex = number ? -1 : 0;
    link.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      move(link, event.key);
      event.preventDefault();
    });
  });

  document.addEventListener("keydown", (event) => {
    if (!open || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { Escape: ".back", "[": ".previous", "]": ".next" }[event.key];
    const link = to && host.querySelector(to);
    if (link && link.hasAttribute("href")) link.click();
  });

  async function hero() {
    const section = document.getElementById("hero");
    if (!section) return;
    const data = await deadstop.unpack(section.dataset.case);
    section.querySelector("h2 a").textContent = [data.motion, data.trigger, data.moment].join(" / ");
    deadstop.drawLegs(section.querySelector(".legs"), data.legs);
    if (data.timeline) deadstop.timeline(section.querySelector(".timeline"), data.timeline);
  }

  if (index.latencies.length)
    deadstop.latency(document.getElementById("distribution"), index.latencies, index.runs);
  window.addEventListener("hashchange", route);
  Promise.all([hero(), route()]).then(() => {
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  });
})();
