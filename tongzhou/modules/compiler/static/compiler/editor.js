// The editor with keys, selected words and cards that change in place. Every page works without it.
(function () {
  "use strict";
  var cards = document.getElementById("tc-cards");
  var sheet = document.querySelector("[data-sheet]");
  var words = document.getElementById("tc-words");
  var pop = document.getElementById("tc-pop");
  var here = null;
  var wide = window.matchMedia("(min-width: 1024px)");

  // ------------------------------------------------------------------ the card that is meant
  function all() { return cards ? Array.prototype.slice.call(cards.querySelectorAll(".tc-card")) : []; }
  function marks(key) { return sheet ? sheet.querySelectorAll('[data-duty="' + key + '"]') : []; }
  function choose(card, quiet) {
    document.querySelectorAll(".tc-card.is-here, .tc-mark.is-here").forEach(function (each) { each.classList.remove("is-here"); });
    here = card;
    if (!card) return;
    card.classList.add("is-here");
    var found = marks(card.dataset.duty);
    found.forEach(function (each) { each.classList.add("is-here"); });
    if (found.length && wide.matches) {
      var box = sheet.getBoundingClientRect(), at = found[0].getBoundingClientRect();
      if (at.top < box.top || at.bottom > box.bottom) sheet.scrollTop += at.top - box.top - box.height / 3;
    }
    if (quiet) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }
  function step(by) {
    var list = all();
    if (!list.length) return;
    var at = here ? list.indexOf(here) + by : 0;
    choose(list[Math.max(0, Math.min(list.length - 1, at))]);
  }
  function next(from) {
    var list = all();
    var at = from ? list.indexOf(from) : -1;
    var order = list.slice(at + 1).concat(list.slice(0, at + 1));
    var found = order.filter(function (each) { return each !== from && each.classList.contains("is-proposed"); })[0];
    if (found) choose(found);
    return found;
  }
  if (cards) {
    cards.addEventListener("focusin", function (event) {
      var card = event.target.closest(".tc-card");
      if (card && card !== here) choose(card, true);
    });
    cards.addEventListener("click", function (event) {
      var card = event.target.closest(".tc-card");
      if (card && card !== here) choose(card, true);
    });
  }
  if (sheet) sheet.addEventListener("click", function (event) {
    var mark = event.target.closest(".tc-mark");
    if (!mark || !window.getSelection().isCollapsed) return;
    var card = document.getElementById("d" + mark.dataset.duty);
    if (card) choose(card);
    else window.location.assign(sheet.dataset.cards + "?show=all&at=" + mark.dataset.duty + "#d" + mark.dataset.duty);
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-show], [data-next]");
    if (!link) return;
    if (link.hasAttribute("data-next")) {
      if (next(here)) event.preventDefault();
      return;
    }
    var target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target || !sheet) return;
    event.preventDefault();
    if (!wide.matches) {
      document.querySelectorAll(".tc-two").forEach(function (each) { each.classList.replace("is-work", "is-source"); });
      document.querySelectorAll(".tc-panes a").forEach(function (each, at) { if (at) each.removeAttribute("aria-current"); else each.setAttribute("aria-current", "page"); });
      target.scrollIntoView({ block: "center" });
    } else {
      sheet.scrollTop += target.getBoundingClientRect().top - sheet.getBoundingClientRect().top - 60;
    }
    var card = link.closest(".tc-card");
    if (card) choose(card, true);
  });

  // ------------------------------------------------------------------ keys
  var keys = document.getElementById("tc-keys");
  var help = document.querySelector("[data-help]");
  if (help) {
    help.hidden = false;
    help.setAttribute("aria-controls", "tc-keys");
    help.setAttribute("aria-expanded", "false");
    help.addEventListener("click", toggle);
  }
  function toggle() {
    if (!keys) return;
    keys.hidden = !keys.hidden;
    help.setAttribute("aria-expanded", String(!keys.hidden));
    if (keys.hidden) help.focus(); else keys.focus();
  }
  function press(selector) {
    var button = here && here.querySelector(selector);
    if (button) button.click();
  }
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (keys && !keys.hidden) toggle();
      if (pop) pop.hidden = true;
      return;
    }
    if (!cards || event.target.closest("input, textarea, select, [contenteditable]")) return;
    var done = true;
    switch (event.key) {
      case "j": step(1); break;
      case "k": step(-1); break;
      case "n": next(here); break;
      case "a": press('[name="accept"]'); break;
      case "r": press('[name="reject"]'); break;
      case "e": press("[data-edit]"); break;
      case "u": var undo = document.querySelector("#tc-undo button"); if (undo) undo.click(); break;
      case "?": toggle(); break;
      default: done = false;
    }
    if (done) event.preventDefault();
  });

  // ------------------------------------------------------------------ cards that change in place
  var decided = null;
  document.addEventListener("htmx:beforeSwap", function (event) {
    // Somebody was first, or a question is open: the card comes back and says so.
    if (event.detail.xhr.status === 409 && event.detail.target.classList.contains("tc-card")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (event.detail.target.classList.contains("tc-card")) decided = event.detail.target.id;
  });
  document.addEventListener("htmx:afterSettle", function () {
    if (!decided) return;
    var card = document.getElementById(decided);
    decided = null;
    if (!card) return;
    var told = document.getElementById("tc-progress");
    if (told) {
      var parts = told.textContent.split("/");
      document.querySelectorAll(".tc-steps [data-progress]").forEach(function (each) { each.textContent = told.textContent; });
      var bar = document.querySelector(".tc-work > .tc-progress");
      if (bar) { bar.max = Math.max(1, Number(parts[1])); bar.value = Number(parts[0]); }
      var said = document.getElementById("tc-done");
      if (said) {
        var numbers = [parts[1], parts[0]];
        var english = document.documentElement.lang === "en";
        said.textContent = said.textContent.replace(/\d+/g, function () { return english ? parts.shift() : numbers.shift(); });
      }
      ["undecided", "doubt", "accepted", "rejected", "all"].forEach(function (each) {
        var count = document.querySelector('.tc-work .tz-tabs a[href$="show=' + each + '"] .tz-count');
        if (count && told.dataset[each]) count.textContent = told.dataset[each];
      });
      var sure = document.getElementById("tc-sure");
      if (sure) {
        sure.hidden = told.dataset.sure === "0";
        sure.lastChild.textContent = sure.lastChild.textContent.replace(/\d+/, told.dataset.sure);
      }
      told.remove();
    }
    var state = ["proposed", "accepted", "rejected"].filter(function (each) { return card.classList.contains("is-" + each); })[0];
    marks(card.dataset.duty).forEach(function (each) {
      each.classList.remove("is-proposed", "is-accepted", "is-rejected");
      each.classList.add("is-" + state);
    });
    if (state === "proposed" || !next(card)) choose(card);
  });

  // ------------------------------------------------------------------ selected words
  function place(node, offset) {
    // Characters beyond the basic plane count as one in the source, as two here.
    var element = node.nodeType === 3 ? node.parentNode : node;
    if (node.nodeType !== 3) {
      var child = node.childNodes[Math.min(offset, node.childNodes.length - 1)];
      var from = child && (child.nodeType === 1 ? (child.matches("[data-at]") ? child : child.querySelector("[data-at]")) : null);
      if (!from) return null;
      var last = offset >= node.childNodes.length;
      return Number(from.dataset.at) + (last ? Array.from(from.textContent).length : 0);
    }
    var piece = element.closest("[data-at]");
    if (!piece) return null;
    return Number(piece.dataset.at) + Array.from(node.textContent.slice(0, offset)).length;
  }
  function selected() {
    var selection = window.getSelection();
    if (!sheet || !selection.rangeCount || selection.isCollapsed) return null;
    var range = selection.getRangeAt(0);
    if (!sheet.contains(range.commonAncestorContainer)) return null;
    var start = place(range.startContainer, range.startOffset);
    var end = place(range.endContainer, range.endOffset);
    if (start === null || end === null || !(start < end)) return null;
    return { start: start, end: end, box: range.getBoundingClientRect() };
  }
  function offer() {
    if (!pop || !words) return;
    var found = selected();
    if (!found) { pop.hidden = true; return; }
    words.elements.start.value = found.start;
    words.elements.end.value = found.end;
    var point = pop.querySelector('[data-use="point"]');
    if (point) point.hidden = !(here || words.elements.duty.value);
    pop.hidden = false;
    pop.style.setProperty("left", Math.max(8, Math.min(found.box.left, window.innerWidth - pop.offsetWidth - 8)) + window.scrollX + "px");
    pop.style.setProperty("top", found.box.bottom + window.scrollY + 8 + "px");
  }
  if (pop && words) {
    document.body.appendChild(pop);
    var waiting;
    document.addEventListener("selectionchange", function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(offer, 200);
    });
    pop.addEventListener("mousedown", function (event) { event.preventDefault(); });
    pop.addEventListener("click", function (event) {
      var button = event.target.closest("[data-use]");
      if (!button) return;
      var act = document.createElement("input");
      act.type = "hidden";
      act.name = "act";
      act.value = button.dataset.use;
      words.appendChild(act);
      if (here && button.dataset.use === "point") words.elements.duty.value = here.dataset.ref;
      words.submit();
    });
    words.addEventListener("submit", function () {
      // What was typed counts, not what was selected before.
      words.elements.start.value = "";
      words.elements.end.value = "";
    });
  }

  // ------------------------------------------------------------------ fields that belong to an answer
  function fit() {
    document.querySelectorAll("[data-for]").forEach(function (part) {
      var form = part.closest("form");
      var control = form.querySelector('[name="' + part.dataset.for + '"]:checked') || form.querySelector('select[name="' + part.dataset.for + '"]');
      part.hidden = !control || part.dataset.is.split(" ").indexOf(control.value) < 0;
    });
  }
  if (document.querySelector("[data-for]")) {
    fit();
    document.addEventListener("change", fit);
  }

  // ------------------------------------------------------------------ leaving what is not saved
  document.querySelectorAll(".tc-page form.tz-form").forEach(function (form) {
    var unsaved = form.hasAttribute("data-unsaved");
    form.addEventListener("input", function () { unsaved = true; });
    form.addEventListener("submit", function () { unsaved = false; });
    form.addEventListener("click", function (event) { if (event.target.closest(".tz-actions a")) unsaved = false; });
    window.addEventListener("beforeunload", function (event) {
      if (!unsaved) return;
      event.preventDefault();
      event.returnValue = "";
    });
  });

  // ------------------------------------------------------------------ arriving at a card
  var wanted = /^#d\d+$/.test(window.location.hash) && document.getElementById(window.location.hash.slice(1));
  if (wanted && wanted.classList.contains("tc-card")) choose(wanted);
})();
