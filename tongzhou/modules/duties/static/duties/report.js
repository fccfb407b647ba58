// The report form: fields that are asked only after certain answers, and zeros in one tap.
(function () {
  "use strict";
  var form = document.querySelector("[data-report]");
  if (!form) return;

  function answer(name) {
    var picked = form.querySelector("[name='a-" + name + "']:checked");
    if (picked) return picked.value;
    var box = form.querySelector("[name='a-" + name + "']:not([type=radio])");
    return box ? box.value.trim() : "";
  }
  function show() {
    form.querySelectorAll("[data-when]").forEach(function (part) {
      var value = answer(part.dataset.when);
      var asked = part.dataset.above
        ? value !== "" && Number(value.replace(/,/g, "")) > Number(part.dataset.above)
        : value === part.dataset.equals;
      part.hidden = !asked;
    });
  }
  form.addEventListener("change", show);
  form.addEventListener("input", show);
  show();

  var zero = form.querySelector("[data-zero]");
  if (zero) {
    zero.hidden = false;
    zero.querySelector("button").addEventListener("click", function () {
      form.querySelectorAll("[data-number]").forEach(function (box) {
        if (!box.closest("[hidden]") && box.value === "") box.value = "0";
      });
      form.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
})();
