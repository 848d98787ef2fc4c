"use strict";
// Filters, theme and charts of the report. The page is complete without it.
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const drawings = [];

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }

  // Colours are computed for an element, since a variable may hold one for light and one for dark.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  function colour(name) {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  }

  // Theme and print.
  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(isDark()));
    redraw();
  });
  dark.addEventListener("change", redraw);
  const print = document.getElementById("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  // Paper is light.
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    if (!isDark()) return;
    root.dataset.theme = "light";
    redraw();
  });
  addEventListener("afterprint", () => {
    if (before === root.dataset.theme) return;
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    redraw();
  });

  // Filters: rows that do not match are hidden, and tables without rows with them.
  function itemsOf(name) {
    if (name === "answers") return [...document.querySelectorAll("article.answer")];
    const rows = `[data-stretch="${name}"] tbody > tr`;
    return [...document.querySelectorAll(rows)];
  }

  function matches(item, name, value) {
    if (!value) return true;
    if (name === "certainty") {
      return item.querySelector(`li[data-certainty="${value}"]`) !== null;
    }
    return item.dataset[name] === value;
  }

  for (const form of document.querySelectorAll("form[data-filter]")) {
    const name = form.dataset.filter;
    const items = itemsOf(name);
    const output = form.querySelector("output");
    let texts = null;
    let timer = 0;
    const apply = () => {
      const wanted = Object.fromEntries(new FormData(form));
      const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length && !texts) texts = items.map((item) => item.textContent.toLowerCase());
      let shown = 0;
      items.forEach((item, place) => {
        let keep = words.every((word) => texts[place].includes(word));
        for (const [key, value] of Object.entries(wanted)) {
          if (key !== "text") keep = keep && matches(item, key, value);
        }
        if (item.hidden === keep) item.hidden = !keep;
        if (keep) shown += 1;
      });
      for (const part of document.querySelectorAll(`[data-stretch="${name}"]`)) {
        part.hidden = part.querySelector("tbody > tr:not([hidden])") === null;
      }
      output.textContent = `${shown} ${output.dataset.words} ${items.length}`;
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
  }

  // A link to a row that a filter hides shows it again.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) node.hidden = false;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  // Charts. Tooltips are drawn on the canvas, never as markup.
  const marks = [
    "path://M0 1.5H10L5 10Z", "circle", "diamond", "triangle", "roundRect",
    "path://M2.5 0H7.5L10 5L7.5 10H2.5L0 5Z", "rect", "path://M0 0L10 10M10 0L0 10",
    "path://M5 0L6.6 3.3L10 3.8L7.5 6.3L8.1 10L5 8.2L1.9 10L2.5 6.3L0 3.8L3.4 3.3Z",
    "path://M3.2 0H6.8V3.2H10V6.8H6.8V10H3.2V6.8H0V3.2H3.2Z", "path://M0 3H10V7H0Z",
  ];
  const phaseColours = [
    "--p-entry", "--p-reconnaissance", "--p-credentials", "--p-privilege", "--p-persistence",
    "--p-exfiltration", "--p-tampering", "--p-evasion", "--p-impact", "--p-response", "--p-other",
  ];
  const plain = (text) => String(text).replace(/[{}|]/g, " ");

  function show(id) {
    const box = document.getElementById(id);
    if (box) box.closest("figure").hidden = false;
    return box;
  }

  function base() {
    return {
      animation: false,
      textStyle: { fontFamily: "system-ui, sans-serif", color: colour("--text") },
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: colour("--raised"),
        borderColor: colour("--line"), textStyle: { color: colour("--text"), fontSize: 12 },
      },
    };
  }

  function wrapped(text, width) {
    const lines = [""];
    for (const word of plain(text).split(" ")) {
      if (lines[lines.length - 1].length + word.length > width) lines.push("");
      lines[lines.length - 1] += word + " ";
    }
    return lines.join("\n");
  }

  function timeline() {
    const { lanes, items, counted } = data.timeline;
    if (!items.length) return null;
    const colours = phaseColours.map(colour);
    const box = show("chart-timeline");
    if (!box) return null;
    box.style.height = `${Math.max(220, lanes.length * (counted ? 52 : 34) + 150)}px`;
    const chart = echarts.init(box);
    const start = Math.min(...items.map((item) => item[1]));
    const end = Math.max(...items.map((item) => item[2]));
    const margin = Math.max(60000, (end - start) * 0.02);
    const utc = (time) => new Date(time).toISOString().replace("T", " ").slice(0, 19);
    const axis = { color: colour("--soft"), fontSize: 11 };
    const line = { lineStyle: { color: colour("--line") } };
    const shown = data.phases.map((_, number) => number).filter((number) => items.some((item) => item[3] === number));
    const values = (number) => items.filter((item) => item[3] === number).map((item) => ({
      value: [item[1], item[0], item[2], item[3], item[4], item[5]], step: item[6], text: item[7],
    }));
    const most = Math.max(...items.map((item) => item[4]));
    // Many steps: a bar for each stretch of time, each phase at its own height of the lane.
    const bars = (phase, number) => ({
      type: "custom", name: phase, z: 3, clip: true, itemStyle: { color: colours[number] },
      encode: { x: [0, 2], y: 1 }, data: values(number),
      renderItem: (params, api) => {
        const from = api.coord([api.value(0), api.value(1)]);
        const to = api.coord([api.value(2), api.value(1)]);
        const lane = api.size([0, 1])[1] - 8;
        const slot = lane / shown.length;
        return {
          type: "rect",
          shape: {
            x: from[0], y: from[1] - lane / 2 + slot * shown.indexOf(number),
            width: Math.max(1.5, to[0] - from[0] - 0.5), height: Math.max(2, slot - 0.5),
          },
          style: { fill: colours[number], opacity: 0.35 + 0.65 * Math.sqrt(api.value(4) / most) },
        };
      },
    });
    const points = (phase, number) => ({
      type: "scatter", name: phase, symbol: marks[number], z: 3, symbolSize: 13,
      itemStyle: {
        color: colours[number], borderColor: colour("--surface"), borderWidth: number > 8 ? 0 : 1, opacity: 0.95,
      },
      data: values(number),
    });
    const series = data.phases.map(counted ? bars : points);
    // Symbols that are strokes alone take the colour as border.
    if (!counted) Object.assign(series[7].itemStyle, { borderColor: colours[7], borderWidth: 2 });
    const long = counted ? [] : items.filter((item) => item[2] > item[1]);
    series.push({
      type: "custom", name: "", silent: true, z: 2, clip: true,
      data: long.map((item) => [item[1], item[0], item[2], item[3]]),
      encode: { x: [0, 2], y: 1 },
      renderItem: (params, api) => {
        const from = api.coord([api.value(0), api.value(1)]);
        const to = api.coord([api.value(2), api.value(1)]);
        return {
          type: "rect",
          shape: { x: from[0], y: from[1] - 2, width: Math.max(1, to[0] - from[0]), height: 4, r: 2 },
          style: { fill: colours[api.value(3)], opacity: 0.45 },
        };
      },
    });
    const option = base();
    option.tooltip.formatter = ({ data: point }) => {
      const [from, lane, to, phase, steps, events] = point.value;
      const lines = [plain(lanes[lane]), `${utc(from)}${to > from ? " – " + utc(to) : ""}`];
      lines.push(plain(data.phases[phase]));
      lines.push(counted ? `${data.words.steps}: ${steps}` : `T${point.step}  ${wrapped(point.text, 60)}`);
      lines.push(`${data.words.events}: ${events}`);
      return lines.join("\n");
    };
    chart.setOption({
      ...option,
      useUTC: true,
      legend: {
        type: "plain", top: 0, left: 0, itemWidth: 12, itemHeight: 10, itemGap: 14,
        textStyle: { color: colour("--text"), fontSize: 12 },
        data: shown.map((number) => data.phases[number]),
      },
      grid: { left: 8, right: 24, top: 52, bottom: 48, containLabel: true },
      xAxis: {
        type: "time", position: "top", min: start - margin, max: end + margin, axisLabel: { ...axis, hideOverlap: true },
        axisLine: line, splitLine: { show: true, ...line },
      },
      yAxis: {
        type: "category", inverse: true, data: lanes.map((_, place) => place), axisLine: line,
        axisTick: { show: false }, splitLine: { show: true, ...line },
        splitArea: { show: true, areaStyle: { color: [colour("--surface"), colour("--sunk")] } },
        axisLabel: {
          ...axis, color: colour("--text"), width: 230, overflow: "truncate",
          formatter: (place) => plain(lanes[place]),
        },
      },
      dataZoom: [
        { type: "slider", bottom: 8, height: 20, borderColor: colour("--line"), textStyle: axis,
          fillerColor: colour("--veil"), handleStyle: { color: colour("--accent") },
          dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, showDetail: false, showDataShadow: false, brushSelect: false },
        { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
      ],
      series,
    });
    chart.on("click", (event) => {
      if (event.data && event.data.step) location.hash = `t${event.data.step}`;
    });
    return chart;
  }

  function activity() {
    const { days, cells } = data.activity;
    if (!cells.length) return null;
    const box = show("chart-activity");
    if (!box) return null;
    box.style.height = `${Math.max(150, days.length * 24 + 110)}px`;
    const chart = echarts.init(box);
    const option = base();
    const axis = { color: colour("--soft"), fontSize: 11 };
    const most = Math.max(...cells.map((cell) => cell[2]));
    const two = (number) => String(number).padStart(2, "0");
    option.tooltip.formatter = ({ value }) =>
      `${days[value[1]]} ${two(value[0])}:00\n${data.words.events}: ${value[2]}`;
    chart.setOption({
      ...option,
      grid: { left: 8, right: 8, top: 8, bottom: 56, containLabel: true },
      xAxis: {
        type: "category", data: [...Array(24).keys()].map(two), axisLabel: axis,
        axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--line") } },
        splitArea: { show: true, areaStyle: { color: [colour("--sunk")] } },
      },
      yAxis: {
        type: "category", data: days, inverse: true, axisLabel: axis, axisTick: { show: false },
        axisLine: { lineStyle: { color: colour("--line") } },
      },
      visualMap: {
        min: 0, max: most, calculable: false, orient: "horizontal", left: "center", bottom: 0,
        itemWidth: 12, itemHeight: 120, textStyle: axis, text: [String(most), "0"],
        inRange: { color: [colour("--heat-low"), colour("--heat-high")] },
      },
      series: [{
        type: "heatmap", data: cells,
        // The number stands in the cell: colour alone would not tell.
        label: { show: true, fontSize: 10, formatter: ({ value }) => (value[2] > 999 ? `${Math.round(value[2] / 1000)}k` : value[2]),
          color: colour("--text"), textBorderColor: colour("--surface"), textBorderWidth: 2 },
        itemStyle: { borderColor: colour("--surface"), borderWidth: 2 },
      }],
    });
    return chart;
  }

  function graph(id, { nodes, edges }) {
    if (!nodes.length) return null;
    const box = show(id);
    if (!box) return null;
    const bottom = Math.max(...nodes.map((node) => node.y));
    box.style.height = `${Math.min(760, Math.max(200, bottom + 80))}px`;
    const shapes = { account: "cut-rectangle", foreign: "cut-rectangle", other: "rectangle", resource: "rectangle" };
    const wide = (label) => Math.min(172, 7 * label.length + 18);
    const high = (label) => (label.length > 23 ? 40 : 26);
    const place = Object.fromEntries(nodes.map((node) => [node.id, node.x]));
    const drawn = cytoscape({
      container: box, autoungrabify: true, userZoomingEnabled: false, boxSelectionEnabled: false,
      layout: { name: "preset", fit: true, padding: 24 },
      elements: [
        ...nodes.map((node) => ({
          data: {
            id: node.id, label: node.label, target: node.target || "", wide: wide(node.label), high: high(node.label),
          },
          position: { x: node.x, y: node.y },
          classes: `${node.kind}${node.hostile ? " hostile" : ""}`,
        })),
        ...edges.map((edge) => ({
          data: { source: edge.source, target: edge.target, label: edge.label || "" },
          classes: `${edge.weak ? "weak" : ""} ${place[edge.source] < place[edge.target] ? "forth" : ""}`,
        })),
      ],
      style: [
        { selector: "node", style: {
          label: "data(label)", "font-size": 12, "font-family": "system-ui, sans-serif", color: colour("--text"),
          shape: "round-rectangle", width: "data(wide)", height: "data(high)",
          "text-halign": "center", "text-valign": "center", "text-wrap": "wrap", "text-max-width": 156,
          "text-overflow-wrap": "anywhere", "background-color": colour("--sunk"),
          "border-width": 1.5, "border-color": colour("--strong"), "min-zoomed-font-size": 4,
        } },
        ...Object.entries(shapes).map(([kind, shape]) => ({ selector: `.${kind}`, style: { shape } })),
        { selector: ".foreign", style: {
          "border-color": colour("--red"), "background-color": colour("--red-bg"), "border-style": "dashed",
        } },
        { selector: ".hostile", style: {
          "border-color": colour("--red"), "background-color": colour("--red-bg"), "border-style": "double", "border-width": 4,
        } },
        { selector: "edge", style: {
          width: 1.6, "line-color": colour("--edge"), "target-arrow-color": colour("--edge"), opacity: 0.9,
          "target-arrow-shape": "triangle", "arrow-scale": 0.9, "curve-style": "straight", label: "data(label)",
          "font-size": 11, color: colour("--soft"), "text-background-color": colour("--surface"),
          "text-background-opacity": 1, "text-background-padding": 2, "font-family": "system-ui, sans-serif",
        } },
        // From the right side of a box to the left one of the next.
        { selector: "edge.forth", style: { "source-endpoint": "90deg", "target-endpoint": "270deg" } },
        { selector: "edge.weak", style: { "line-style": "dashed", opacity: 0.55, "target-arrow-shape": "none" } },
      ],
    });
    drawn.on("tap", "node", (event) => {
      const target = event.target.data("target");
      if (target) location.hash = target;
    });
    return { dispose: () => drawn.destroy(), resize: () => { drawn.resize(); drawn.fit(undefined, 24); } };
  }

  function redraw() {
    while (drawings.length) drawings.pop().dispose();
    const makers = [
      timeline, activity,
      () => graph("graph-sessions", data.sessions),
      () => graph("graph-entities", data.entities),
    ];
    for (const make of makers) {
      const made = make();
      if (made) drawings.push(made);
    }
    root.dataset.drawn = String(drawings.length);
  }

  let resizing = 0;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => drawings.forEach((drawing) => drawing.resize()), 150);
  });
  if (calm.matches) root.dataset.calm = "yes";
  redraw();
  if (location.hash) reveal();
})();
