// The appraisal desk by keyboard, and lists that are ticked. Every page works without it.
(function () {
  "use strict";

  const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

  // A, D, J, K press what carries the key; never while somebody types, and never with a modifier.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    const control = document.querySelector('[data-key="' + CSS.escape(event.key.toLowerCase()) + '"]');
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  // "Adjust" leads into the form: to its first field that can be typed into.
  document.addEventListener("click", (event) => {
    if (!event.target.closest('a[href="#decision"]')) return;
    const form = document.getElementById("decision-form");
    const fields = form ? [...form.querySelectorAll(".in, input[type=radio]:checked")] : [];
    const field = fields.find((one) => one.matches(".in") && one.offsetParent) || fields[0];
    if (field) {
      event.preventDefault();
      field.focus();
      form.scrollIntoView({ block: "center" });
    }
  });

  // The list of leaves opens at the leaf that is shown.
  const current = document.querySelector(".pane.list [aria-current=true][href*='/']:not(.pick a)");
  const pane = current && current.closest(".pane");
  if (pane && pane.scrollHeight > pane.clientHeight) {
    pane.scrollTop = current.offsetTop - pane.clientHeight / 3;
  }

  // Ticked criteria: the button names their number, and one box ticks all that are shown.
  function labelled(button, count) {
    if (!button) return;
    button.textContent = count ? button.dataset.count.replace("{n}", count) : button.dataset.label;
  }

  const list = document.getElementById("accept");
  if (list) {
    const button = document.querySelector("button[form=accept][data-count]");
    const all = document.querySelector("[data-all]");
    const boxes = [...list.querySelectorAll("input[name=tc]")];
    if (button) button.dataset.label = button.textContent;
    const refresh = () => {
      const count = boxes.filter((box) => box.checked).length;
      labelled(button, count);
      if (all) {
        const box = all.querySelector("input");
        box.checked = count > 0 && count === boxes.length;
        box.indeterminate = count > 0 && count < boxes.length;
      }
    };
    list.addEventListener("change", refresh);
    window.addEventListener("pageshow", refresh);
    if (all && boxes.length) {
      all.hidden = false;
      all.addEventListener("change", (event) => {
        boxes.forEach((box) => { box.checked = event.target.checked; });
        refresh();
      });
    }
    refresh();
  }

  // A removed chip leaves without a page load; the last one goes by its link, back to the list.
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (!drop) return;
    const chips = drop.closest(".selection");
    if (chips.children.length < 2) return;
    event.preventDefault();
    const button = chips.closest("form").querySelector("[data-count]");
    const next = drop.closest("li").nextElementSibling || drop.closest("li").previousElementSibling;
    drop.closest("li").remove();
    labelled(button, chips.children.length);
    next.querySelector("[data-drop]").focus();
  });
})();
