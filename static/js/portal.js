// What every page shares. Each page works without it; it only makes things quicker.
(function () {
  "use strict";

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  // The token comes from the cookie at the moment of sending: logging in again in another tab changes it.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
  });

  function sessionEnded() {
    const dialog = document.getElementById("session-ended");
    if (dialog && !dialog.open) dialog.showModal();
  }

  // No answer, or none that fits: never silently. A page with a better place to say so stops the event below here.
  function trouble(there) {
    document.getElementById("trouble").hidden = !there;
  }

  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) sessionEnded();
    else trouble(true);
  });
  document.addEventListener("htmx:sendError", () => trouble(true));
  document.addEventListener("htmx:timeout", () => trouble(true));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) trouble(false);
  });

  // A form that is sent as a page: once, with a fresh token, its button marked busy.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const token = form.elements.namedItem("csrfmiddlewaretoken");
    if (token && cookie("csrftoken")) token.value = cookie("csrftoken");
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });

  // Back from the next page: the browser may show this one as it was left.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  });

  // <a data-dialog href="…">: the page that asks for an act, opened as a dialog over this one.
  async function openAct(link) {
    let response;
    try {
      response = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    } catch (error) {
      location.assign(link.href);
      return;
    }
    if (response.status === 401) {
      sessionEnded();
      return;
    }
    if (!response.ok || response.redirected) {
      location.assign(link.href);
      return;
    }
    const dialog = document.createElement("dialog");
    dialog.className = "dlg";
    dialog.setAttribute("aria-labelledby", "act-title");
    dialog.innerHTML = await response.text();
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    if (window.htmx) window.htmx.process(dialog);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("a[data-dialog]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey && window.HTMLDialogElement) {
      event.preventDefault();
      openAct(opener);
      return;
    }
    const closer = event.target.closest("[data-close]");
    const dialog = closer && closer.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
    }
  });

  // <select data-submit>: a filter that applies as soon as it is chosen; its form has a button for the rest.
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
  });

  // Demo accounts on the log-in page: choosing one fills the form and sends nothing.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-username]");
    if (!row) return;
    const form = document.getElementById("log-in");
    form.elements.username.value = row.dataset.username;
    form.elements.password.value = row.dataset.password;
    form.querySelector("[type=submit]").focus();
  });
})();
