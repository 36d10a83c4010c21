// The respondent's form: counts the answers, and keeps them on this device until they have been sent.
// Without script, or without storage, the form works all the same.
(function () {
  "use strict";

  const SENT = "survey-sent";

  // The path holds the link's secret: what is stored under must not give it away.
  function key() {
    let hash = 0x811c9dc5;
    for (let place = 0; place < location.pathname.length; place += 1) {
      hash = Math.imul(hash ^ location.pathname.charCodeAt(place), 0x01000193);
    }
    return "survey-" + (hash >>> 0).toString(36);
  }

  function attempt(work) {
    try {
      return work();
    } catch (error) {
      return null; // storage is full, or forbidden in a private window
    }
  }

  if (document.querySelector("[data-sent]")) {
    attempt(() => {
      const sent = sessionStorage.getItem(SENT);
      if (sent) localStorage.removeItem(sent);
      sessionStorage.removeItem(SENT);
    });
    return;
  }

  const form = document.getElementById("survey-form");
  if (!form) return;
  const keeps = "keep" in form.dataset;

  function chosen() {
    const answers = {};
    for (const input of form.querySelectorAll("input[type=radio]:checked")) answers[input.name] = input.value;
    return answers;
  }

  function show() {
    const count = Object.keys(chosen()).length;
    form.querySelector("[data-answered]").textContent = count;
    form.querySelector("progress").value = count;
  }

  if (keeps) {
    const kept = attempt(() => JSON.parse(localStorage.getItem(key()) || "{}")) || {};
    for (const input of form.querySelectorAll("input[type=radio]")) {
      const untouched = !form.querySelector(`input[name="${input.name}"]:checked`);
      if (untouched && kept[input.name] === input.value) input.checked = true;
    }
  }
  show();

  form.addEventListener("change", (event) => {
    show();
    const question = event.target.closest(".miss");
    if (question) {
      question.classList.remove("miss");
      question.querySelector(".err").hidden = true;
    }
    if (keeps) attempt(() => localStorage.setItem(key(), JSON.stringify(chosen())));
  });

  form.addEventListener("submit", (event) => {
    if (!keeps || form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    attempt(() => sessionStorage.setItem(SENT, key()));
  });

  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
  });

  const problem = form.querySelector(".alert.bad");
  if (problem) problem.focus();
})();
