/* Small comforts of the staff's pages; everything works without them. */
(function () {
  "use strict";

  // 全选: shows itself only where scripts run.
  document.querySelectorAll("[data-check-all]").forEach(function (all) {
    var boxes = function () { return document.querySelectorAll("input[type=checkbox][name=" + all.dataset.checkAll + "]"); };
    all.hidden = false;
    all.addEventListener("change", function () { boxes().forEach(function (box) { box.checked = all.checked; }); });
  });

  // 打印: the browser's own printing does the same.
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // 离开前提醒: a form with data-guard asks before typed text is lost.
  document.querySelectorAll("form[data-guard]").forEach(function (form) {
    var state = {changed: form.dataset.guard === "changed", sent: false};
    form.addEventListener("input", function () { state.changed = true; });
    form.addEventListener("submit", function () { state.sent = true; });
    window.addEventListener("beforeunload", function (event) {
      if (state.changed && !state.sent) { event.preventDefault(); event.returnValue = ""; }
    });
    if (form.dataset.autosave !== undefined) { autosave(form, state); }
  });

  // 自动保存: whoever walks away from half a form, or types for long, finds it as a draft. The ordinary save, sent in
  // the background; the first refusal (somebody else saved, signed out) ends it, and the button tells why.
  function autosave(form, state) {
    var IDLE = 180000, LONG = 600000, first = 0, last = 0, note = form.querySelector("[data-autosaved]");
    form.addEventListener("input", function () { last = Date.now(); first = first || last; });
    var timer = setInterval(function () {
      var now = Date.now();
      if (state.sent || !first || (now - last < IDLE && now - first < LONG)) { return; }
      var body = new FormData(form);
      body.set("do", "keep");
      first = 0;
      fetch(form.action, {method: "POST", body: body, credentials: "same-origin"}).then(function (answer) {
        return answer.text().then(function (text) {
          var page = new DOMParser().parseFromString(text, "text/html"), version = page.querySelector("form.paper [name=version]");
          if (!answer.ok || !version) { throw new Error("not kept"); }
          if (!first) { state.changed = false; }
          form.action = answer.url;
          form.elements.version.value = version.value;
          history.replaceState(null, "", answer.url);
          note.textContent = "已自动保存草稿，" + new Date().toTimeString().slice(0, 5);
        });
      }).catch(function () {
        clearInterval(timer);
        state.changed = true;
        note.textContent = "未能自动保存，请按“保存草稿”。";
      });
    }, 15000);
  }

  // 万元 → 元, beside the field while typing; what is no plain number waits for the server's reading.
  document.querySelectorAll("input[data-wan]").forEach(function (input) {
    var output = input.parentNode.querySelector("[data-yuan]");
    if (!output) { return; }
    input.addEventListener("input", function () {
      var value = input.value.trim();
      var amount = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 10000 : NaN;
      output.textContent = isNaN(amount) ? "" : "合 " + amount.toLocaleString("zh-CN", {minimumFractionDigits: 2, maximumFractionDigits: 2}) + " 元";
    });
  });

  // 选日期: a picker beside the day, whose field takes any spelling; the picker's own field is for the mouse only.
  document.querySelectorAll("input[data-day]").forEach(function (input) {
    var day = document.createElement("input"), button = document.createElement("button"), row = document.createElement("span");
    if (!day.showPicker) { return; }
    day.type = "date";
    day.tabIndex = -1;
    day.setAttribute("aria-hidden", "true");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "选日期";
    button.title = "选日期：" + input.labels[0].firstChild.textContent;
    row.className = "dayrow";
    input.parentNode.insertBefore(row, input);
    row.append(input, button, day);
    button.addEventListener("click", function () {
      if (/^\d{4}-\d\d-\d\d$/.test(input.value)) { day.value = input.value; }
      day.showPicker();
    });
    day.addEventListener("change", function (event) {
      event.stopPropagation();
      if (!day.value) { return; }
      input.value = day.value;
      input.dispatchEvent(new Event("input", {bubbles: true}));
      input.dispatchEvent(new Event("change", {bubbles: true}));
      input.focus();
    });
  });

  // Fields that only one kind of party has.
  document.querySelectorAll("select[data-party]").forEach(function (select) {
    var show = function () {
      document.querySelectorAll("[data-for]").forEach(function (field) {
        var fits = !select.value || field.dataset.for.split(" ").indexOf(select.value) >= 0;
        field.hidden = !fits;
      });
    };
    select.addEventListener("change", show);
    show();
  });
})();
