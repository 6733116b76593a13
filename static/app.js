/* Keys, focus and small comforts. Every page works without this file.
   Markup it reads: data-key="g" (pressed by that key), data-row (a row that j and k reach), data-dialog="id" (opens a
   dialog), data-dismiss=".sel" (removes the nearest), data-submits (sends its form on change), data-closes (details that
   close on Esc and on a click outside), data-all="name" (ticks all checkboxes of that name), data-focus. */
"use strict";
(() => {
  const one = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const near = (event, sel) => event.target instanceof Element && event.target.closest(sel);
  const typing = (el) => el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
    (el.tagName === "INPUT" && !/^(checkbox|radio|button|submit|reset)$/.test(el.type));

  function focus(el) {
    if (!el) return;
    if (!el.matches("a[href], button, input, select, textarea, [tabindex]")) el.tabIndex = -1;
    el.focus();
    el.scrollIntoView({ block: "nearest" });
  }

  /* --- single keys --- */
  const rowOf = (el) => el.closest("[data-row]");
  function move(step) {
    const rows = all("[data-row]").filter((row) => row.offsetParent);
    const at = rows.indexOf(rowOf(document.activeElement));
    focus(rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)]);
  }
  function press(key) {
    const row = rowOf(document.activeElement);
    if (key === "Enter") return document.activeElement === row && row ? one("[data-open], a.pt-subj", row) : null;
    if (key === "g" || key === "o") return row && one(`[data-key="${key}"]`, row);
    return one(`[data-key="${CSS.escape(key)}"]`);
  }
  function openKeys(event) {
    const dialog = document.getElementById("keys");
    if (!dialog || !dialog.showModal) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  }
  function escape(el) {
    all("details[data-closes][open]").forEach((d) => { d.open = false; focus(one("summary", d)); });
    if (rowOf(el)) el.blur();
    const close = one("[data-key='Escape']");
    if (close) close.click();
  }
  document.addEventListener("keydown", (event) => {
    const el = document.activeElement || document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = el.closest("form");
      if (form && form.method === "post") { event.preventDefault(); form.requestSubmit(one(".btn-primary", form) || undefined); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || one("dialog[open]")) return;
    if (event.key === "Escape") return typing(el) ? el.blur() : escape(el);
    if (typing(el) || document.body.dataset.keys === "off") return;
    if (event.key === "/") { event.preventDefault(); return focus(document.getElementById("q")); }
    if (event.key === "?") return openKeys(event);
    if (event.key === "j" || event.key === "k") { event.preventDefault(); return move(event.key === "j" ? 1 : -1); }
    const target = /^([tpgouh]|Enter)$/.test(event.key) && press(event.key);
    if (target) { event.preventDefault(); target.click(); }
  });

  /* --- clicks and changes --- */
  document.addEventListener("click", (event) => {
    if (near(event, "[data-dialog='keys']")) openKeys(event);
    const dismiss = near(event, "[data-dismiss]");
    if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();
    if (near(event, "[data-print]")) { event.preventDefault(); window.print(); }
    if (event.target.tagName === "DIALOG") event.target.close();
    all("details[data-closes][open]").forEach((d) => { if (!d.contains(event.target)) d.open = false; });
  });
  document.addEventListener("change", (event) => {
    if (near(event, "[data-submits]")) event.target.form.requestSubmit();
    const boxes = event.target.dataset && event.target.dataset.all;
    if (boxes) all(`input[name="${CSS.escape(boxes)}"]:not(:disabled)`, event.target.form || document)
      .forEach((box) => { box.checked = event.target.checked; });
  });
  /* A form is sent once, however often the button is pressed; the server checks its token as well. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    const row = rowOf(form);
    if (row) sessionStorage.setItem("row", JSON.stringify([location.pathname, all("[data-row]").indexOf(row)]));
    if (!form.hasAttribute("hx-post")) { form.dataset.sent = "1"; form.setAttribute("aria-busy", "true"); }
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent; form.removeAttribute("aria-busy");
  }));

  /* --- after a part of the page was swapped: keep the reader where the news is --- */
  function prepare(root) {
    all("[data-noscript]", root).forEach((el) => { el.hidden = true; });
    all("[data-dismiss][hidden], [data-print][hidden]", root).forEach((el) => { el.hidden = false; });
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (!(part instanceof Element)) return;
    prepare(document);
    if (document.activeElement && document.activeElement !== document.body && document.activeElement.isConnected) return;
    focus(one(".pt-errors, [autofocus], [data-focus]", part) || (part.matches("[data-row]") ? part : one("h1, h2, [data-row]", part)));
  });

  /* back on the list after a row was sent: go on where the hands were */
  function lastRow() {
    const [path, at] = JSON.parse(sessionStorage.getItem("row") || "[]");
    sessionStorage.removeItem("row");
    const rows = all("[data-row]");
    return path === location.pathname ? rows[Math.min(at, rows.length - 1)] : null;
  }

  prepare(document);
  const last = lastRow();
  focus(one(".pt-errors") || one("[data-focus]") || last);
})();
