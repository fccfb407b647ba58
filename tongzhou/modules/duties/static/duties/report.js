// The report form: fields that are asked only after certain answers, zeros in one tap, and what
// happens without a connection.
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

  // A lost connection: say so, keep what is written, save it as soon as there is one again.
  var draft = document.getElementById("draft");
  var unsaved = false;
  function say(words) {
    draft.textContent = words;
    draft.classList.toggle("is-lost", words !== "");
  }
  function lost() {
    unsaved = true;
    say(draft.dataset.unsaved);
  }
  form.addEventListener("htmx:sendError", lost);
  form.addEventListener("htmx:responseError", lost);
  form.addEventListener("htmx:afterSwap", function () {
    unsaved = false;
    draft.classList.remove("is-lost");
  });
  window.addEventListener("online", function () {
    if (unsaved) form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", function (event) {
    // A machine without a network may still reach a server of its own, so ask before giving up.
    if (navigator.onLine || form.dataset.reached) return;
    event.preventDefault();
    var button = event.submitter;
    fetch(draft.dataset.reach, { method: "HEAD", cache: "no-store" }).then(function () {
      form.dataset.reached = "1";
      form.requestSubmit(button);
    }, function () {
      unsaved = true;
      say(draft.dataset.unsent);
    });
  });
})();
