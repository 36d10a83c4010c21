// The self-scoring sheet. Each leaf is a form that saves itself; without this script each has a button of its own.
// What it promises: the state shown beside a leaf is the true one, and nothing typed is lost while the page is open.
(function () {
  "use strict";

  const sheet = document.querySelector("[data-sheet]");
  if (!sheet || !window.htmx) return;
  const words = sheet.dataset;
  const status = document.getElementById("save-status");
  sheet.classList.add("live");

  const PREVIEW_AFTER = 250;
  const SAVE_AFTER_CHANGE = 150;
  const SAVE_AFTER_REST = 2500;
  const LONGEST_WAIT = 60;
  const PATIENCE_ON_LEAVING = 4000;

  // For each form: `revision` counts changes by the person, `sent` is the revision on its way, `saved` the one stored;
  // `refused` is the one the server called wrong; `tries` counts sends that did not arrive.
  const leaves = new Map();

  function leafOf(form) {
    if (!leaves.has(form)) {
      const id = form.closest(".leaf").id;
      leaves.set(form, { id, revision: 0, sent: null, saved: 0, refused: null, tries: 0, timer: null, preview: null });
    }
    return leaves.get(form);
  }

  const isDirty = (leaf) => leaf.saved !== leaf.revision;
  const isWaiting = (form) => form.querySelector("[data-conflict]") !== null;

  // --- what is shown ---

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", "#i-" + name);
    svg.append(use);
    return svg;
  }

  function show(element, css, name, text) {
    if (!element) return;
    element.className = "save" + (css ? " " + css : "");
    element.replaceChildren(...(text ? [icon(name), text] : []));
  }

  function piece(form, name) {
    return document.getElementById(leafOf(form).id + "-" + name);
  }

  function showState(form) {
    const leaf = leafOf(form);
    if (isWaiting(form)) return;
    const place = piece(form, "save");
    if (leaf.sent !== null) show(place, "", "sync", words.saving);
    else if (leaf.tries) show(place, "no", "att", words.retry.replace("%n", leaf.tries));
    else if (isDirty(leaf)) show(place, "no", leaf.refused === leaf.revision ? "bad" : "att", words.unsaved);
  }

  function showTotal(lastSaved) {
    const all = [...leaves.values()];
    const lost = all.filter((leaf) => leaf.tries).length;
    const unsaved = all.filter((leaf) => isDirty(leaf) && leaf.sent === null).length;
    if (lost) show(status, "no", "att", words.retryMany.replace("%n", lost));
    else if (unsaved) show(status, "no", "att", words.unsavedMany.replace("%n", unsaved));
    else if (all.some((leaf) => leaf.sent !== null)) show(status, "", "sync", words.saving);
    else if (lastSaved) show(status, "ok", "ok", lastSaved);
  }

  function markErrors(form) {
    form.querySelectorAll("[aria-invalid]").forEach((control) => {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    });
    form.querySelectorAll("[data-for]").forEach((error) => {
      const control = document.getElementById(error.dataset.for);
      if (!control) return;
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", error.id);
    });
  }

  // Figures as the portal writes them (12.873), except in the field that is being typed in.
  function showFigures(form) {
    const version = piece(form, "version");
    if (!version || !version.dataset.figures) return;
    JSON.parse(version.dataset.figures).forEach((text, position) => {
      const control = form.elements.namedItem("f" + position);
      if (control instanceof HTMLInputElement && control.type === "text" && control !== document.activeElement) {
        control.value = text;
      }
    });
  }

  function forgetPoints(form) {
    piece(form, "rule").querySelectorAll(".why, .hit > *").forEach((part) => part.remove());
    piece(form, "rule").querySelectorAll(".hit").forEach((line) => line.classList.remove("hit"));
    const number = [...piece(form, "points").childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    if (number) number.data = "– ";
  }

  // --- saving ---

  function isWhole(form) {
    const ask = form.elements.namedItem("not_applicable");
    if (ask && ask.checked) return true;
    const figures = [...form.querySelectorAll("input[inputmode]")].map((input) => input.value.trim());
    return figures.every(Boolean) || !figures.some(Boolean);
  }

  function save(form) {
    const leaf = leafOf(form);
    clearTimeout(leaf.timer);
    if (!form.isConnected || isWaiting(form) || leaf.sent !== null || !isDirty(leaf)) return;
    if (leaf.refused === leaf.revision) return;
    window.htmx.trigger(form, "save");
  }

  function saveIn(form, milliseconds) {
    const leaf = leafOf(form);
    clearTimeout(leaf.timer);
    leaf.timer = setTimeout(() => save(form), milliseconds);
  }

  function saveAll() {
    leaves.forEach((leaf, form) => save(form));
  }

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches("form[data-leaf]")) return;
    const leaf = leafOf(form);
    clearTimeout(leaf.timer);
    if (leaf.preview) leaf.preview.abort(); // what the save answers is the last word
    leaf.sent = leaf.revision;
    showState(form);
    showTotal();
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!form || !form.matches("form[data-leaf]")) return;
    const leaf = leafOf(form);
    const sent = leaf.sent;
    leaf.sent = null;
    if (!form.isConnected) {
      // The whole leaf was replaced, after a choice between two values.
      const text = piece(form, "save").textContent.trim();
      leaves.delete(form);
      showTotal(text);
      return;
    }
    const answer = event.detail.xhr.status;
    if (answer === 200) {
      leaf.tries = 0;
      leaf.saved = sent;
      markErrors(form);
      const text = piece(form, "save").textContent.trim();
      if (isDirty(leaf)) saveIn(form, SAVE_AFTER_CHANGE);
      else showFigures(form);
      showState(form);
      showTotal(text);
    } else if (answer === 409 || answer === 422) {
      leaf.tries = 0;
      leaf.refused = sent;
      markErrors(form);
      if (answer === 422) showState(form);
      showTotal();
    } else {
      leaf.tries += 1;
      saveIn(form, 1000 * Math.min(2 ** leaf.tries, LONGEST_WAIT));
      showState(form);
      showTotal();
    }
  });

  const retry = () => leaves.forEach((leaf, form) => leaf.tries && save(form));
  window.addEventListener("online", retry);
  // Back from logging in again in another tab.
  window.addEventListener("focus", retry);

  // --- typing ---

  function touched(event) {
    const form = event.target.closest("form[data-leaf]");
    if (!form || event.target.closest("[data-conflict]")) return null;
    return form;
  }

  document.addEventListener("input", (event) => {
    const form = touched(event);
    if (!form) return;
    const leaf = leafOf(form);
    leaf.revision += 1;
    showState(form);
    showTotal();
    if (isWhole(form)) saveIn(form, SAVE_AFTER_REST);
    if (event.target.name !== "account") preview(form);
  });

  document.addEventListener("change", (event) => {
    const form = touched(event);
    if (form && isWhole(form)) saveIn(form, SAVE_AFTER_CHANGE);
  });

  // Leaving the leaf sends what is there, so that an incomplete one is told what it lacks.
  document.addEventListener("focusout", (event) => {
    const form = touched(event);
    if (form && !form.contains(event.relatedTarget)) saveIn(form, SAVE_AFTER_CHANGE);
  });

  function preview(form) {
    const leaf = leafOf(form);
    if (leaf.preview) leaf.preview.abort();
    if (isWaiting(form)) return;
    const turn = new AbortController();
    leaf.preview = turn;
    const revision = leaf.revision;
    setTimeout(async () => {
      if (turn.signal.aborted || !isWhole(form)) return;
      try {
        const response = await fetch(form.dataset.preview, {
          method: "POST",
          body: new FormData(form),
          headers: { "HX-Request": "true" },
          signal: turn.signal,
        });
        if (!response.ok || leaf.revision !== revision || !isDirty(leaf)) return;
        const pieces = document.createElement("template");
        pieces.innerHTML = await response.text();
        pieces.content.querySelectorAll("[id]").forEach((fresh) => {
          const old = document.getElementById(fresh.id);
          if (old) old.replaceWith(fresh);
        });
      } catch (error) {
        // Better no points than those of other figures; the save will tell them.
        if (!turn.signal.aborted && leaf.revision === revision) forgetPoints(form);
      }
    }, PREVIEW_AFTER);
  }

  // --- leaving ---

  const unsettled = () => [...leaves.values()].some((leaf) => isDirty(leaf) || leaf.sent !== null);

  window.addEventListener("beforeunload", (event) => {
    if (unsettled()) event.preventDefault();
  });

  // A link out of the page waits for what was just typed to be stored; what cannot be is asked about.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target || link.dataset.dialog !== undefined || link.hasAttribute("data-close")) return;
    const there = new URL(link.href, location.href);
    const within = there.pathname === location.pathname && there.search === location.search && there.hash;
    if (within || !unsettled()) return;
    event.preventDefault();
    saveAll();
    const until = Date.now() + PATIENCE_ON_LEAVING;
    const timer = setInterval(() => {
      const onTheWay = [...leaves.values()].some((leaf) => leaf.sent !== null);
      if (unsettled() && onTheWay && Date.now() < until) return;
      clearInterval(timer);
      location.assign(link.href);
    }, 50);
  });
})();
