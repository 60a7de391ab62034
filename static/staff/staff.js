/* Small comforts of the staff's pages; everything works without them. */
(function () {
  "use strict";

  // 全选: shows itself only where scripts run.
  document.querySelectorAll("[data-check-all]").forEach(function (all) {
    var boxes = function () { return document.querySelectorAll("input[type=checkbox][name=" + all.dataset.checkAll + "]"); };
    all.hidden = false;
    all.addEventListener("change", function () { boxes().forEach(function (box) { box.checked = all.checked; }); });
  });

  // 离开前提醒: a form with data-guard asks before typed text is lost.
  document.querySelectorAll("form[data-guard]").forEach(function (form) {
    var changed = form.dataset.guard === "changed", sent = false;
    form.addEventListener("input", function () { changed = true; });
    form.addEventListener("submit", function () { sent = true; });
    window.addEventListener("beforeunload", function (event) {
      if (changed && !sent) { event.preventDefault(); event.returnValue = ""; }
    });
  });

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
    button.setAttribute("aria-label", "选日期：" + input.labels[0].firstChild.textContent);
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
