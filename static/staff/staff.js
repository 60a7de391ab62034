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

  // 万元 → 元, beside the field while typing.
  document.querySelectorAll("input[data-wan]").forEach(function (input) {
    var output = document.createElement("p");
    output.className = "help";
    output.setAttribute("role", "status");
    input.parentNode.insertBefore(output, input.nextSibling);
    var show = function () {
      var value = input.value.trim();
      var amount = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 10000 : NaN;
      output.textContent = isNaN(amount) ? "" : "合 " + amount.toLocaleString("zh-CN", {minimumFractionDigits: 2, maximumFractionDigits: 2}) + " 元";
    };
    input.addEventListener("input", show);
    show();
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
