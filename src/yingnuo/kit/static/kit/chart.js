/* How is a chart drawn? {% chart "id" option "Title" rows %} → <yn-chart option="id">, the option in a JSON script block.
   "yn:green" as a colour in the option means the theme's green.
   Colours come from the theme's CSS variables and change with it; ECharts is fetched when the first chart is shown. */
(() => {
  const source = document.currentScript.dataset.lib;
  let library;
  const load = () => library ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(window.echarts);
    script.onerror = () => reject(new Error(`cannot load ${source}`));
    document.head.append(script);
  });

  function theme(element) {
    const css = getComputedStyle(element);
    const of = (name) => css.getPropertyValue(`--yn-${name}`).trim();
    const axis = {
      axisLine: { lineStyle: { color: of("line-strong") } }, axisTick: { show: false },
      axisLabel: { color: of("ink-2") }, nameTextStyle: { color: of("ink-2") },
      splitLine: { lineStyle: { color: of("line") } },
    };
    return {
      color: ["blue", "orange", "green", "purple", "red", "teal", "yellow", "gray"].map(of),
      textStyle: { fontFamily: css.fontFamily, color: of("ink") }, backgroundColor: "transparent",
      categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: axis,
      legend: { textStyle: { color: of("ink-2") } }, title: { textStyle: { color: of("ink") } },
      line: { symbolSize: 6, lineStyle: { width: 2 } },
      tooltip: { backgroundColor: of("surface"), borderColor: of("line"), textStyle: { color: of("ink") } },
    };
  }

  class Chart extends HTMLElement {
    async connectedCallback() {
      const echarts = await load();
      if (!this.isConnected) return;
      this.observer = new ResizeObserver(() => this.chart?.resize());
      this.observer.observe(this);
      this.redraw = () => this.draw(echarts);
      document.addEventListener("yn:theme", this.redraw);
      this.redraw();
    }

    disconnectedCallback() {
      this.observer?.disconnect();
      document.removeEventListener("yn:theme", this.redraw);
      this.chart?.dispose();
    }

    draw(echarts) {
      this.chart?.dispose();
      const css = getComputedStyle(this);
      const tone = (key, value) => (String(value).startsWith("yn:") ? css.getPropertyValue(`--yn-${value.slice(3)}`).trim() : value);
      const option = JSON.parse(document.getElementById(this.getAttribute("option")).textContent, tone);
      this.chart = echarts.init(this, theme(this), { renderer: "canvas" });
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      /* richText: an HTML tooltip carries inline styles, which the content security policy refuses. */
      const tooltip = { trigger: "axis", confine: true, ...option.tooltip, renderMode: "richText" };
      const grid = { left: 8, right: 12, top: 16, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
      this.chart.setOption({ animation: !calm, grid, ...option, tooltip });
    }
  }

  customElements.define("yn-chart", Chart);
})();
