"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = $("#filter");
  const checks = all("details.check");
  const texts = new Map();
  // The text of a check is read once, when a search first needs it.
  const textOf = (check) => {
    if (!texts.has(check)) texts.set(check, check.textContent.toLowerCase());
    return texts.get(check);
  };

  const apply = () => {
    const verdicts = new Set(all('input[name="verdict"]:checked', form).map((box) => box.value));
    const area = form.elements.area.value;
    const level = form.elements.level.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const check of checks) {
      const data = check.dataset;
      const fits = (verdicts.size === 0 || verdicts.has(data.verdict)) &&
        (!area || data.area === area) && (!level || data.level === level) &&
        words.every((word) => textOf(check).includes(word));
      check.hidden = !fits;
      if (fits) shown++;
    }
    for (const area of all(".area-checks")) {
      area.hidden = !$("details.check:not([hidden])", area);
    }
    $("#shown").textContent = shown === checks.length
      ? "All " + checks.length + " checks shown"
      : shown + " of " + checks.length + " checks shown";
    $("#none").hidden = shown > 0;
  };

  const clear = () => { form.reset(); apply(); };

  // A deep link opens its check, whatever the filter hides.
  const follow = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    if (!target || !target.matches("details.check")) return;
    if (target.hidden) clear();
    target.open = true;
    target.scrollIntoView();
    $("summary", target).focus({ preventScroll: true });
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    $("#unfold").addEventListener("click", (event) => {
      const open = event.target.getAttribute("aria-pressed") !== "true";
      event.target.setAttribute("aria-pressed", String(open));
      for (const check of checks) if (!check.hidden) check.open = open;
    });
    for (const link of all("a[data-verdict]")) {
      link.addEventListener("click", () => {
        form.reset();
        for (const box of all('input[name="verdict"]', form)) box.checked = box.value === link.dataset.verdict;
        apply();
      });
    }
    document.addEventListener("keydown", (event) => {
      const typing = event.target.matches("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        form.elements.text.focus();
      } else if (event.key === "Escape" && form.contains(event.target)) {
        clear();
      }
    });
    apply();
    window.addEventListener("hashchange", follow);
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (link && link.getAttribute("href") === location.hash) follow();
    });
    follow();
  }

  for (const button of all("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // Older browsers do not print what is folded.
  const folded = [];
  window.addEventListener("beforeprint", () => {
    for (const check of all('details.check[data-verdict="fail"], details.check[data-verdict="warn"], details.check[data-verdict="blocked"]')) {
      if (!check.open) { check.open = true; folded.push(check); }
    }
  });
  window.addEventListener("afterprint", () => { for (const check of folded.splice(0)) check.open = false; });
})();
