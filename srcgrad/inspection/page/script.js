"use strict";
(function () {
  var root = document.documentElement, body = document.body;
  var all = function (selector, inside) { return Array.prototype.slice.call((inside || document).querySelectorAll(selector)); };

  // --- light and dark
  var button = document.getElementById("theme");
  var query = window.matchMedia("(prefers-color-scheme: dark)");
  var chosen = null;
  function shade() {
    var dark = chosen === null ? query.matches : chosen;
    root.classList.toggle("dark", dark);
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(dark));
  }
  button.addEventListener("click", function () { chosen = !root.classList.contains("dark"); shade(); });
  query.addEventListener("change", shade);
  shade();

  // --- heat
  all("input[name=heat]").forEach(function (input) {
    input.addEventListener("change", function () { body.dataset.heat = input.value; });
    if (input.checked) body.dataset.heat = input.value;
  });

  // --- what belongs together: one key, "source:line", for a line of the program
  all("figure[data-source] .vertex[data-line]").forEach(function (vertex) {
    vertex.setAttribute("data-k", vertex.closest("figure").dataset.source + ":" + vertex.dataset.line);
  });
  var parts = new Map();
  function enter(key, element) {
    if (!parts.has(key)) parts.set(key, []);
    parts.get(key).push(element);
  }
  all("[data-k]").forEach(function (e) { enter(e.getAttribute("data-k"), e); });
  all("[data-ks]").forEach(function (e) {
    e.getAttribute("data-ks").split(" ").forEach(function (key) { enter(key, e); });
  });

  var lit = [], pinned = new Set(), strip = document.getElementById("strip");
  var legend = strip ? strip.innerHTML : "";
  function keysOf(element) {
    if (element.hasAttribute("data-k")) return [element.getAttribute("data-k")];
    return (element.getAttribute("data-ks") || "").split(" ").filter(Boolean);
  }
  function tell(keys) {
    if (!strip) return;
    var texts = keys.map(function (key) {
      var line = (parts.get(key) || []).find(function (e) { return e.id.charAt(0) === "s" && e.querySelector(".facts"); });
      return line ? "line " + line.querySelector(".no").textContent + ": " + line.querySelector(".facts").textContent : "";
    }).filter(Boolean);
    if (texts.length) strip.textContent = texts.slice(0, 3).join("\n"); else strip.innerHTML = legend;
  }
  function light(keys) {
    lit.forEach(function (e) { e.classList.remove("lit"); });
    lit = [];
    keys.forEach(function (key) {
      (parts.get(key) || []).forEach(function (e) { e.classList.add("lit"); lit.push(e); });
    });
    tell(keys.length ? keys : Array.from(pinned));
  }
  function show(keys, except) {
    ["program", "derivative"].forEach(function (id) {
      var pane = document.getElementById(id);
      if (!pane || (except && pane.contains(except))) return;
      var found = all(".ln", pane).filter(function (e) { return keys.indexOf(e.getAttribute("data-k")) >= 0; });
      if (!found.length) return;
      var box = pane.querySelector(".scroll"), top = found[0].offsetTop, seen = found.some(function (e) {
        return e.offsetTop >= box.scrollTop && e.offsetTop < box.scrollTop + box.clientHeight - 20;
      });
      if (!seen) box.scrollTop = Math.max(0, top - box.clientHeight / 3);
    });
  }
  function pin(element) {
    var keys = keysOf(element);
    if (!keys.length) return;
    var off = keys.every(function (key) { return pinned.has(key); });
    keys.forEach(function (key) {
      if (off) pinned.delete(key); else pinned.add(key);
      (parts.get(key) || []).forEach(function (e) {
        e.classList.toggle("pinned", !off);
        if (e.getAttribute("role") === "option") e.setAttribute("aria-selected", String(!off));
      });
    });
    if (!off) show(keys, element);
  }
  function release() {
    pinned.clear();
    all(".pinned").forEach(function (e) { e.classList.remove("pinned"); });
    all("[aria-selected=true]").forEach(function (e) { e.setAttribute("aria-selected", "false"); });
    light([]);
  }
  function target(event) { return event.target.closest ? event.target.closest("[data-k],[data-ks]") : null; }
  document.addEventListener("mouseover", function (event) { var e = target(event); light(e ? keysOf(e) : []); });
  document.addEventListener("focusin", function (event) {
    var e = target(event);
    if (e) { light(keysOf(e)); show(keysOf(e), e); }
  });
  document.addEventListener("click", function (event) {
    if (String(window.getSelection())) return;
    var e = target(event);
    if (e) { if (e.classList.contains("ln")) rove(e); pin(e); }
  });

  // --- the keyboard: one line of each pane is a stop for Tab, arrows move
  var lines = all(".ln");
  function rove(line) {
    all(".ln[tabindex='0']", line.closest(".pane")).forEach(function (e) { e.tabIndex = -1; });
    line.tabIndex = 0;
    line.focus({ preventScroll: false });
  }
  all(".pane").forEach(function (pane) { var first = pane.querySelector(".ln"); if (first) first.tabIndex = 0; });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { release(); return; }
    var line = event.target.closest ? event.target.closest(".ln") : null;
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    var own = lines.filter(function (e) { return e.closest(".pane") === line.closest(".pane"); }), at = own.indexOf(line), next = null;
    if (event.key === "ArrowDown") next = own[at + 1];
    else if (event.key === "ArrowUp") next = own[at - 1];
    else if (event.key === "Home") next = own[0];
    else if (event.key === "End") next = own[own.length - 1];
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      var pane = document.getElementById(event.key === "ArrowRight" ? "derivative" : "program");
      if (pane && !pane.contains(line)) {
        var key = line.getAttribute("data-k");
        next = all(".ln", pane).find(function (e) { return key && e.getAttribute("data-k") === key; }) || pane.querySelector(".ln[tabindex='0']");
      }
    } else if (event.key === "Enter" || event.key === " ") pin(line);
    else return;
    event.preventDefault();
    if (next) rove(next);
  });

  // --- printing: everything is open
  window.addEventListener("beforeprint", function () {
    all("details:not([open])").forEach(function (e) { e.setAttribute("data-closed", ""); e.open = true; });
  });
  window.addEventListener("afterprint", function () {
    all("details[data-closed]").forEach(function (e) { e.open = false; e.removeAttribute("data-closed"); });
  });
})();
