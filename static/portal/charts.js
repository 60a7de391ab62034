// Draws the charts of the statistics page from the JSON beside each table. Without it the tables say the same.
(function () {
  "use strict";
  var style = getComputedStyle(document.documentElement);
  var token = function (name) { return style.getPropertyValue("--" + name).trim(); };
  var px = parseFloat(style.fontSize);
  var text = { color: token("ink"), fontSize: 0.8 * px, fontFamily: token("sans") };
  var colours = [token("deep"), "#8fa6c1"];
  var spoken = { 按时: token("deep"), 迟报: token("alert") };

  function option(data) {
    var categories = { type: "category", data: data.categories, axisLabel: text, axisTick: { show: false },
      axisLine: { lineStyle: { color: token("rule-strong") } }, inverse: !!data.horizontal };
    var counts = { type: "value", name: "件", nameTextStyle: text, axisLabel: text, minInterval: 1,
      splitLine: { lineStyle: { color: token("rule") } } };
    var series = data.bars.map(function (name, i) {
      return { name: name, type: "bar", stack: data.stacked ? "all" : undefined, data: data.series[name], barMaxWidth: 26,
        itemStyle: { color: spoken[name] || colours[i] } };
    });
    var values = [counts];
    if (data.line) {
      values.push({ type: "value", name: "%", min: 0, max: 100, nameTextStyle: text, axisLabel: text, splitLine: { show: false } });
      series.push({ name: data.line, type: "line", yAxisIndex: 1, data: data.series[data.line], symbolSize: 7,
        itemStyle: { color: token("amber") }, lineStyle: { width: 2 } });
    }
    return {
      animation: false, textStyle: text,
      legend: { textStyle: text, left: 0, top: 0, itemGap: 20 },
      grid: { left: 8, right: 8, top: 56, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: data.horizontal ? values[0] : categories,
      yAxis: data.horizontal ? categories : values,
      series: series
    };
  }

  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var source = document.getElementById("data-" + box.dataset.chart);
    if (!source || !window.echarts) { return; }
    box.hidden = false;
    var chart = window.echarts.init(box);
    chart.setOption(option(JSON.parse(source.textContent)));
    window.addEventListener("resize", function () { chart.resize(); });
  });
})();
