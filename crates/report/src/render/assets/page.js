// Adds to a page that is complete without it: sorting, filtering, tooltips, copying, the theme.
// Foreign text is only ever read, compared, and written with textContent.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const ROWS = 12;

  all(".tools, .filters, .copy").forEach((element) => { element.hidden = false; });

  // Tables: a heading sorts; long ones start short.
  all(".wide table").forEach((table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    let isShort = rows.length > ROWS + 3;
    const shorten = () => [...body.rows].forEach((row, at) => {
      row.classList.toggle("extra", isShort && at >= ROWS);
      row.hidden = isShort && at >= ROWS;
    });
    if (isShort) {
      const more = make("button", `Show all ${rows.length}`);
      more.type = "button";
      more.className = "more";
      more.addEventListener("click", () => { isShort = false; shorten(); more.remove(); });
      table.parentElement.after(more);
      shorten();
    }
    table.showAll = () => { isShort = false; shorten(); };
    table.showShort = () => { isShort = Boolean(table.parentElement.nextElementSibling?.matches(".more")); shorten(); };
    const key = (row, at) => {
      const cell = row.cells[at];
      return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
    };
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
    all("th", table).forEach((head, at) => {
      const button = make("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : head.classList.contains("n");
        all("th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        rows.sort((a, b) => compare(key(a, at), key(b, at)) * (isDown ? -1 : 1));
        body.append(...rows);
        shorten();
      });
    });
  });

  // Copying.
  all(".copy").forEach((button) => button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }));

  // Findings of one severity, and everything that contains a text.
  let severity = "";
  const filter = one("#filter");
  const apply = () => {
    const wanted = filter.value.trim().toLowerCase();
    const has = (element) => !wanted || element.textContent.toLowerCase().includes(wanted);
    let shown = 0;
    all(".finding").forEach((card) => {
      card.hidden = (severity && card.dataset.severity !== severity) || !has(card);
      shown += card.hidden ? 0 : 1;
    });
    all(".wide table").forEach((table) => {
      if (!wanted) { table.showShort(); return; }
      table.showAll();
      [...table.tBodies[0].rows].forEach((row) => { row.hidden = !has(row); shown += row.hidden ? 0 : 1; });
    });
    const status = one(".filtered");
    status.hidden = !wanted;
    status.textContent = wanted ? `${shown} findings and rows contain “${filter.value.trim()}”. Esc shows all.` : "";
  };
  filter.addEventListener("input", apply);
  all(".filters button").forEach((button) => button.addEventListener("click", () => {
    severity = button.dataset.severity;
    all(".filters button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    apply();
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input")) { event.preventDefault(); filter.focus(); }
    if (event.key === "Escape" && filter.value) { filter.value = ""; apply(); }
  });

  // A link to a finding opens it.
  const open = () => {
    const details = location.hash.startsWith("#finding-") && document.getElementById(location.hash.slice(1))?.querySelector("details");
    if (details) { details.open = true; }
  };
  addEventListener("hashchange", open);
  open();

  // The chart: what each step holds, with the mouse or the arrow keys.
  const chart = one("#timeline");
  if (chart) {
    const { bytes, allowed, denied } = JSON.parse(one("#report-data").textContent).traffic.timeline;
    const [cursor, tip, plot] = [chart.querySelector(".cursor"), chart.querySelector(".tip"), chart.querySelector(".plot svg")];
    const [count, bucket, start] = ["count", "bucket", "start"].map((name) => Number(chart.dataset[name]));
    const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    const size = (value) => {
      let unit = 0;
      while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
      return `${value >= 9.95 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
    };
    const number = new Intl.NumberFormat("en");
    const when = (at) => new Date((start + at * bucket) * 1000).toISOString().slice(0, 19).replace("T", " ");
    let at = 0;
    const show = (index) => {
      at = Math.min(Math.max(index, 0), count - 1);
      const [frame, area] = [chart.getBoundingClientRect(), plot.getBoundingClientRect()];
      const left = area.left - frame.left + (at + 0.5) / count * area.width;
      cursor.hidden = tip.hidden = false;
      cursor.style.left = `${left}px`;
      tip.textContent = `${when(at)} UTC\n${size(bytes[at])} moved\n${number.format(allowed[at] ?? 0)} accepted\n${number.format(denied[at] ?? 0)} denied`;
      const isRight = left + tip.offsetWidth + 14 > frame.width;
      tip.style.left = `${Math.max(0, isRight ? left - tip.offsetWidth - 10 : left + 10)}px`;
    };
    const hide = () => { cursor.hidden = tip.hidden = true; };
    chart.addEventListener("pointermove", (event) => {
      const area = plot.getBoundingClientRect();
      const share = (event.clientX - area.left) / area.width;
      if (share < 0 || share > 1) { hide(); } else { show(Math.floor(share * count)); }
    });
    chart.addEventListener("pointerleave", hide);
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step && event.target === chart) { event.preventDefault(); show(at + step); }
      if (event.key === "Escape") { hide(); }
    });
  }

  // Where the reader is.
  const links = new Map(all("nav li a").map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    entries.forEach((entry) => seen[entry.isIntersecting ? "add" : "delete"](entry.target.id));
    const current = [...links.keys()].find((id) => seen.has(id));
    links.forEach((link, id) => { if (id === current) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); } });
  }, { rootMargin: "-10% 0px -60% 0px" });
  all("section").forEach((section) => watch.observe(section));

  // Theme, data, print.
  one("#theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  one("#download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([one("#report-data").textContent], { type: "application/json" }));
    link.download = "fathom-report.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  addEventListener("beforeprint", () => {
    all("details").forEach((details) => { details.open = true; });
    all(".wide table").forEach((table) => table.showAll());
  });
})();
