// Draws the charts of a page from the JSON beside them. Loaded after ECharts, only where needed.
(function () {
  "use strict";
  var INK = "#1f2933", INK2 = "#52606d", LINE = "#e4e0d6", ACTION = "#1d4e89";
  var TONES = { overdue: "#b3261e", returned: "#8a5a00", done: "#1e6b3a", silent: "#5b6672" };
  var SERIES = ["#1d4e89", "#1e6b3a", "#8a5a00", "#5b6672", "#b3261e"];
  var TREE = ["#1d4e89", "#2f6099", "#8fb0d0", "#a9c3dc", "#c3d5e7", "#dbe6f1"]; // white words on the first two

  var HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4, color: "rgba(255,255,255,.55)" };

  function base(data, size) {
    var font = getComputedStyle(document.body).fontFamily;
    return {
      animation: false,
      textStyle: { fontFamily: font, fontSize: size, color: INK },
      aria: { enabled: true, decal: { show: data.kind === "bar" && data.rows.some(function (r) { return r.tone; }) } },
      tooltip: { renderMode: "richText", confine: true, textStyle: { fontFamily: font, color: INK } }
    };
  }
  function bars(data, size) {
    var rows = data.rows.slice().reverse();
    var option = base(data, size);
    option.grid = { left: 8, right: 56, top: 4, bottom: 4, containLabel: true };
    option.xAxis = { type: "value", show: false };
    option.yAxis = {
      type: "category", data: rows.map(function (r) { return r.label; }), axisTick: { show: false },
      axisLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK, fontSize: size, width: 9 * size, overflow: "truncate" }
    };
    option.series = [{
      type: "bar", barMaxWidth: 18,
      data: rows.map(function (r) { return { value: r.value || 0, itemStyle: { color: TONES[r.tone] || ACTION, decal: r.tone ? HATCH : "none" } }; }),
      label: { show: true, position: "right", color: INK, fontSize: size, formatter: function (p) { return Number(p.value).toLocaleString("en"); } }
    }];
    return option;
  }
  function lines(data, size) {
    var option = base(data, size);
    option.tooltip.trigger = "axis";
    option.legend = { show: data.series.length > 1, top: 0, left: 0, textStyle: { color: INK, fontSize: size } };
    option.grid = { left: 8, right: 16, top: data.series.length > 1 ? 40 : 12, bottom: 4, containLabel: true };
    option.xAxis = {
      type: "category", boundaryGap: false, data: data.rows.map(function (r) { return r.label; }),
      axisLine: { lineStyle: { color: LINE } }, axisTick: { show: false }, axisLabel: { color: INK2, fontSize: size - 1, hideOverlap: true }
    };
    option.yAxis = { type: "value", splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK2, fontSize: size - 1 } };
    option.series = data.series.map(function (name, i) {
      return {
        type: "line", name: name, symbol: ["circle", "triangle", "rect", "diamond", "emptyCircle"][i % 5], symbolSize: 6,
        lineStyle: { color: SERIES[i % 5], width: 2, type: i % 2 ? "dashed" : "solid" }, itemStyle: { color: SERIES[i % 5] },
        data: data.rows.map(function (r) { return (r.values || [])[i]; })
      };
    });
    return option;
  }
  function tree(data, size) {
    var option = base(data, size);
    option.series = [{
      type: "treemap", roam: false, nodeClick: false, breadcrumb: { show: false }, left: 0, right: 0, top: 0, bottom: 0,
      itemStyle: { borderColor: "#fff", borderWidth: 2, gapWidth: 2 },
      label: { fontSize: size, formatter: function (p) { return p.name + "\n" + Number(p.value).toLocaleString("en"); }, lineHeight: size * 1.5 },
      data: data.rows.map(function (r, i) {
        var at = Math.min(TREE.length - 1, Math.floor(i * TREE.length / data.rows.length));
        return { name: r.label, value: r.value || 0, itemStyle: { color: TONES[r.tone] || TREE[at] }, label: { color: at < 2 || r.tone ? "#fff" : INK } };
      })
    }];
    return option;
  }
  window.tzCharts = function (part) {
    part.querySelectorAll("[data-chart]:not([data-drawn])").forEach(function (box) {
      var data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
      var size = Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.875);
      box.dataset.drawn = "1";
      if (data.kind === "bar") box.style.height = Math.max(6, data.rows.length * 2 + 1) + "rem";
      var chart = window.echarts.init(box, null, { renderer: "svg" });
      chart.setOption({ bar: bars, line: lines, treemap: tree }[data.kind](data, size));
      chart.on("click", function (event) {
        var rows = data.kind === "bar" ? data.rows.slice().reverse() : data.rows;
        var row = rows[event.dataIndex] || data.rows.find(function (r) { return r.label === event.name; });
        if (row && row.href) window.location.assign(row.href);
      });
      window.addEventListener("resize", function () { chart.resize(); });
    });
  };
})();
