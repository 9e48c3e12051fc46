"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = $("#filter");
  const checks = all("details.check");
  const texts = new Map();
  // What a check is found by: its ID and titles, or all that stands in it. Each is
  // read once, when a search first needs it.
  const textOf = (check, bodies) => {
    const key = check.id + (bodies ? " all" : "");
    if (!texts.has(key)) {
      const names = check.id + " " + $(".title", check).textContent + " " + (check.dataset.title || "");
      texts.set(key, (bodies ? check.textContent + " " + names : names).toLowerCase());
    }
    return texts.get(key);
  };

  const apply = () => {
    const verdicts = new Set(all('input[name="verdict"]:checked', form).map((box) => box.value));
    const area = form.elements.area.value;
    const level = form.elements.level.value;
    const severity = form.elements.severity.value;
    const bodies = form.elements.bodies.checked;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const check of checks) {
      const data = check.dataset;
      const fits = (verdicts.size === 0 || verdicts.has(data.verdict)) &&
        (!area || data.area === area) && (!level || data.level === level) &&
        (!severity || data.severity === severity) &&
        words.every((word) => textOf(check, bodies).includes(word));
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

  // The address says what is shown: the place first, then the filter, as in
  // #TOKEN-05&verdict=fail&text=code.
  const filters = ["verdict", "area", "level", "severity", "text", "bodies"];
  const placeOf = (hash) => {
    try { return decodeURIComponent(hash.slice(1).split("&")[0]); } catch { return ""; }
  };
  const setAddress = (place) => {
    const said = [...new FormData(form)].filter(([name, value]) => filters.includes(name) && value);
    const hash = [place && encodeURIComponent(place), String(new URLSearchParams(said))].filter(Boolean).join("&");
    if (hash === location.hash.slice(1)) return;
    try { history.replaceState(null, "", "#" + hash); } catch { /* where the page may not, its address stays */ }
  };
  const place = () => (document.getElementById(placeOf(location.hash)) ? placeOf(location.hash) : "");
  const changed = () => { apply(); setAddress(place()); };
  const clear = () => { form.reset(); changed(); };

  // A deep link sets the filter that it names, and opens its check, whatever the
  // filter hides.
  const follow = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    if (filters.some((name) => said.has(name))) {
      for (const box of all('input[name="verdict"]', form)) box.checked = said.getAll("verdict").includes(box.value);
      for (const name of ["area", "level", "severity", "text"]) form.elements[name].value = said.get(name) || "";
      form.elements.bodies.checked = said.has("bodies");
      apply();
    }
    const to = document.getElementById(placeOf(location.hash));
    if (!to) return;
    if (to.matches("details.check")) {
      if (to.hidden) { form.reset(); apply(); }
      to.open = true;
      $("summary", to).focus({ preventScroll: true });
    }
    to.scrollIntoView();
    setAddress(to.id);
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", changed);
    form.addEventListener("reset", () => setTimeout(changed));
    form.addEventListener("submit", (event) => event.preventDefault());
    $("#unfold").addEventListener("click", (event) => {
      const open = event.target.getAttribute("aria-pressed") !== "true";
      event.target.setAttribute("aria-pressed", String(open));
      for (const check of checks) if (!check.hidden) check.open = open;
    });
    for (const check of checks) {
      $("summary", check).addEventListener("click", () => {
        setTimeout(() => {
          if (check.open) setAddress(check.id);
          else if (place() === check.id) setAddress("");
        });
      });
    }
    for (const link of all("a[data-verdict]")) {
      link.addEventListener("click", () => {
        for (const name of ["area", "level", "severity", "text"]) form.elements[name].value = "";
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
      if (link && link.hash === location.hash) follow(); // nothing changes, and so nothing is told
    });
    follow();
  }

  const picture = $("#picture");
  if (picture && picture.showModal) {
    for (const shot of all("a.shot")) {
      shot.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        const small = $("img", shot);
        $("img", picture).src = small.src;
        $("#picture-name").textContent = $("img", picture).alt = small.alt;
        $("#picture-file").href = shot.href;
        $("#picture-file").hidden = shot.getAttribute("href").startsWith("#");
        picture.showModal();
      });
    }
    $("button", picture).addEventListener("click", () => picture.close());
    picture.addEventListener("click", (event) => { if (event.target === picture) picture.close(); });
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
