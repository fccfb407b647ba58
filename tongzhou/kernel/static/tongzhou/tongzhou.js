// Progressive enhancement. Every page works without it; nothing here decides anything.
(function () {
  "use strict";
  var root = document.documentElement;
  var self = document.currentScript;
  root.classList.add("tz-js");

  // Drill rows: the first click asks for the children (htmx), later clicks fold them.
  function below(row) {
    var depth = Number(row.dataset.depth);
    var rows = [];
    for (var next = row.nextElementSibling; next && Number(next.dataset.depth) > depth; next = next.nextElementSibling) {
      rows.push(next);
    }
    return rows;
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    var link = event.target;
    if (!link.hasAttribute || !link.hasAttribute("data-drill")) return;
    var row = link.closest("tr");
    if (!row.dataset.loaded) return;
    event.preventDefault();
    var open = link.getAttribute("aria-expanded") !== "true";
    link.setAttribute("aria-expanded", String(open));
    below(row).forEach(function (each) {
      var direct = Number(each.dataset.depth) === Number(row.dataset.depth) + 1;
      each.hidden = !(open && direct);
      var inner = each.querySelector("[data-drill][aria-expanded]");
      if (inner) inner.setAttribute("aria-expanded", "false");
    });
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var link = event.target;
    if (!event.detail.successful || !link.hasAttribute || !link.hasAttribute("data-drill")) return;
    link.closest("tr").dataset.loaded = "1";
    link.setAttribute("aria-expanded", "true");
  });

  // Menus close on Escape and on a click elsewhere.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A second click on a form that is already on its way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method.toLowerCase() !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.querySelectorAll("button:not([type=button])").forEach(function (button) {
      button.setAttribute("aria-busy", "true");
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach(function (button) {
        button.removeAttribute("aria-busy");
      });
    });
  });

  // Libraries are fetched only by the pages that hold something for them.
  function load(url, done) {
    var script = document.createElement("script");
    script.src = url;
    script.onload = done;
    document.head.appendChild(script);
  }
  // Fields that only some choices need (data-only-for="name=VALUE,VALUE") show once one of those is
  // made. Without script all of them are there, with words that say when they are needed.
  function follow(form) {
    form.querySelectorAll("[data-only-for]").forEach(function (each) {
      var box = each.closest(".tz-field");
      var wanted = each.dataset.onlyFor.split("=");
      var chosen = form.querySelector("[name='" + wanted[0] + "']:checked");
      var fits = chosen && !chosen.closest(".tz-field").hidden && wanted[1].split(",").indexOf(chosen.value) >= 0;
      box.hidden = !fits && !box.classList.contains("is-wrong");
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.form && event.target.type === "radio") follow(event.target.form);
  });
  function enhance(part) {
    part.querySelectorAll("form").forEach(follow);
    var summary = part.querySelector("[data-errors]");
    if (summary) summary.focus();
    if (part.querySelector("[data-chart]")) {
      if (window.tzCharts) window.tzCharts(part);
      else load(self.dataset.echarts, function () {
        load(self.dataset.charts, function () { window.tzCharts(document); });
      });
    }
    var boxes = part.querySelectorAll("select[data-search]:not(.tomselected)");
    if (boxes.length) {
      var fill = function () {
        boxes.forEach(function (box) {
          if (box.tomselect) return;
          new window.TomSelect(box, { maxOptions: 200, plugins: box.multiple ? ["remove_button"] : [] });
          box.setAttribute("aria-hidden", "true"); // its search box speaks for it, and has its label
        });
      };
      if (window.TomSelect) fill();
      else {
        var style = document.createElement("link");
        style.rel = "stylesheet";
        style.href = self.dataset.selectStyle;
        document.head.appendChild(style);
        load(self.dataset.select, fill);
      }
    }
  }
  enhance(document);
  document.addEventListener("htmx:load", function (event) {
    if (event.target !== document.body) enhance(event.target);
  });

  // Some minutes before the session ends unused, say so; staying is one click, and leaves the page.
  var leaving = document.querySelector("[data-leaving]");
  if (leaving) {
    var timer;
    var warn = Number(leaving.dataset.warn);
    var say = function (which) {
      leaving.hidden = !which;
      leaving.setAttribute("role", which ? "alert" : "none");
      leaving.querySelectorAll("[data-said]").forEach(function (each) { each.hidden = each.dataset.said !== which; });
    };
    var wait = function (seconds) {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, Math.min(Math.max(seconds, 1), 86400) * 1000);
    };
    var ask = function () { // other windows may have been used meanwhile
      window.fetch(leaving.dataset.left, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); })
        .then(function (told) {
          if (told.left === null) return;
          if (told.left === 0) say("gone");
          else if (told.left > warn) { say(""); wait(told.left - warn); }
          else { say("soon"); wait(Math.min(told.left, 60)); }
        })
        .catch(function () { wait(60); });
    };
    leaving.querySelector("[data-stay]").addEventListener("click", function (event) {
      if (leaving.querySelector("[data-said=soon]").hidden) return; // signing in again needs a page
      event.preventDefault();
      window.fetch(this.href, { redirect: "error" }).then(ask, function () { say("gone"); });
    });
    wait(Number(leaving.dataset.leaving) - warn);
  }

  // Tabs that are wider than the screen show the one that is open.
  document.querySelectorAll("[data-scrolls] [aria-current]").forEach(function (tab) {
    var box = tab.closest("[data-scrolls]");
    var place = tab.getBoundingClientRect();
    var frame = box.getBoundingClientRect();
    if (place.right > frame.right) box.scrollLeft += place.left - frame.left - 16;
  });

  // Before printing, open what is folded, so that paper shows it.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".tz-columns__main .tz-why, .tz-chart__table").forEach(function (each) { each.open = true; });
  });
})();
