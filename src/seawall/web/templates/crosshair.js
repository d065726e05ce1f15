"use strict";
// Reads the values of a picture at the pointer. The page is complete without it.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const victim = data.victim;
  const charts = {
    prices: { scale: 8, gaps: true, lines: data.prices.lines.map((one) => [one.name, one.points]) },
    equity: victim && {
      scale: victim.equity_scale,
      lines: [["as it happened", victim.equity_actual], ["as repaired", victim.equity_repaired]],
    },
  };
  for (const svg of document.querySelectorAll("svg[data-chart]")) {
    const chart = charts[svg.dataset.chart];
    if (!chart) continue;
    const place = Object.fromEntries(Object.entries(svg.dataset).map(([k, v]) => [k, +v]));
    const words = svg.closest("figure").querySelector(".readout");
    const hair = document.createElementNS(svg.namespaceURI, "path");
    hair.setAttribute("class", "hair");
    svg.append(hair);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const at = ((event.clientX - box.left) * place.width) / box.width;
      const x = Math.min(Math.max(at, place.left), place.right);
      const span = (x - place.left) / (place.right - place.left);
      const now = place.from + span * (place.to - place.from);
      hair.setAttribute("d", `M${x} ${place.top}V${place.bottom}`);
      const values = chart.lines.flatMap(([name, points]) => {
        const last = points.filter((point) => point[0] <= now).pop();
        if (!last || (chart.gaps && !last[1])) return [];
        const value = (last[1] / 10 ** chart.scale).toLocaleString("en-US", {
          minimumFractionDigits: 2,
        });
        return [`${name} ${value}`];
      });
      words.textContent = `${new Date(now).toISOString().slice(11, 21)}   ${values.join("   ")}`;
    });
    svg.addEventListener("pointerleave", () => {
      hair.setAttribute("d", "");
      words.textContent = "";
    });
  }
})();
