"use strict";
(async () => {
  const figures = JSON.parse(document.getElementById("layerscope-charts").textContent);
  const places = Object.keys(figures).map((id) => document.getElementById(id));
  // The words at the end of a bar keep their size when the window shrinks; the bars give way to them.
  const end = (place, { longest, room }, width = place.clientWidth) => longest * (width / Math.max(width - room, 60));
  const fit = (place, width) =>
    Plotly.relayout(place, { "xaxis.range": [0, end(place, place.layout.meta, width)], width: width ?? null });
  try {
    const packed = Uint8Array.from(atob(document.getElementById("plotly-code").textContent), (c) => c.charCodeAt(0));
    const code = await new Response(
      new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))
    ).text();
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    for (const place of places) {
      const { data, layout } = figures[place.id];
      layout.xaxis.range = [0, end(place, layout.meta)];
      await Plotly.newPlot(place, data, layout, { displayModeBar: false, responsive: true });
    }
  } catch (error) {
    for (const place of places) {
      place.textContent = "This browser cannot draw the chart; the tables hold the same figures.";
      place.style.height = "auto";
    }
    throw error;
  }
  // Paper is narrower than a window, and a drawn chart does not reflow by itself.
  addEventListener("beforeprint", () => places.forEach((place) => fit(place, Math.min(place.clientWidth, 660))));
  addEventListener("afterprint", () => places.forEach((place) => fit(place)));
  addEventListener("resize", () => places.forEach((place) => fit(place)));
})();
