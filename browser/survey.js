// What a person can see and use on the page. Run in the page; returns data only.
(() => {
  const seen = el => {
    if (!el.isConnected) return false;
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    return style.visibility === 'visible' && style.display !== 'none' && box.width > 0 && box.height > 0;
  };
  const boxed = el => el.type === 'radio' || el.type === 'checkbox';
  // Where to click for el: itself, or its label where a page hides the box.
  const handle = el => seen(el) ? el : boxed(el) ? [...(el.labels || [])].find(seen) : undefined;
  const usable = el => !el.matches(':disabled') && !!handle(el);
  const path = el => {
    const parts = [];
    for (; el && el !== document.documentElement; el = el.parentElement) {
      let place = 1;
      for (let s = el.previousElementSibling; s; s = s.previousElementSibling) place++;
      parts.unshift(CSS.escape(el.localName) + ':nth-child(' + place + ')');
    }
    return ['html', ...parts].join('>');
  };
  const controls = 'input,select,textarea,button,a[href]';
  const visible = () => [...document.querySelectorAll('input:not([type=hidden]),select,textarea,button,a[href],[role=button]')].filter(usable);
  const signature = () => visible().map(path).join(' ');

  // A copy of the document with what cannot be used left out, and a number on
  // everything that can.
  const survey = () => {
    const copy = document.documentElement.cloneNode(true), paths = [];
    const originals = [...document.querySelectorAll(controls + ',label')], copies = [...copy.querySelectorAll(controls + ',label')];
    const names = new Map();
    originals.forEach((el, i) => {
      const twin = copies[i];
      if (el.localName === 'label') return;
      if (el.localName !== 'a' && el.type === 'hidden') return;
      if (!usable(el)) { twin.remove(); return; }
      const number = paths.push(path(handle(el))) - 1;
      if (el.localName === 'a') { twin.setAttribute('href', el.getAttribute('href').split('#')[0] + '#@' + number); return; }
      const name = el.id + '@' + number;
      names.set(el, name);
      twin.id = name;
      if (boxed(el)) twin.toggleAttribute('checked', el.checked);
      else if (el.localName === 'input') twin.setAttribute('value', el.value);
      else if (el.localName === 'select') [...el.options].forEach((o, j) => twin.options[j].toggleAttribute('selected', o.selected));
      if (!el.textContent.trim() && el.localName === 'button') twin.textContent = el.getAttribute('aria-label') || el.title || '';
    });
    originals.forEach((el, i) => {
      if (el.localName === 'label' && el.control && names.has(el.control)) copies[i].setAttribute('for', names.get(el.control));
    });
    // A form of which nothing can be used is no form yet.
    const inUse = new Set([...names.keys()].map(el => el.form).filter(Boolean));
    const forms = [...document.forms], twins = [...copy.querySelectorAll('form')];
    if (forms.length === twins.length) forms.forEach((form, i) => { if (!inUse.has(form)) twins[i].remove(); });
    // Where nothing submits by itself, a script's button does.
    copy.querySelectorAll('form').forEach(form => {
      if (form.querySelector('button:not([type]),[type=submit],[type=image]')) return;
      const button = form.querySelector('[type=button]');
      if (button) button.setAttribute('type', 'submit');
    });
    copy.querySelectorAll('script,style,svg,noscript').forEach(el => el.remove());
    // What a person would try first where no form is to be seen.
    const opener = visible().find(el => el.matches('button,a,[role=button]') && /\b(log\s?-?in|sign\s?-?in|singpass|continue)\b/i.test(texts(el).join(' ')));
    return { html: copy.outerHTML, paths, signature: signature(), form: inUse.size > 0, opener: opener ? path(opener) : '' };
  };

  // Resolves once ready() is true, asked again whenever the page changes.
  const until = (ready, patience) => new Promise(resolve => {
    let observer, again, end;
    const ask = () => {
      const answer = ready();
      if (!answer) return;
      observer.disconnect(); clearInterval(again); clearTimeout(end);
      resolve(answer);
    };
    observer = new MutationObserver(ask);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    again = setInterval(ask, 100); // styles and animations change what is seen without touching the document
    end = setTimeout(() => { observer.disconnect(); clearInterval(again); resolve(null); }, patience);
    ask();
  });

  const plain = text => (text || '').replace(/\s+/g, ' ').trim().toLowerCase();
  const texts = el => [el.innerText, el.value && el.matches('input[type=submit],input[type=button]') ? el.value : '', el.getAttribute('aria-label'),
    el.getAttribute('placeholder'), el.title, el.alt, ...[...(el.labels || [])].map(l => l.innerText)].map(plain);
  // The element a step means: by CSS selector, or, after text=, by what is
  // written on it. Kind is field, control or anything.
  const find = (what, kind) => {
    const fits = kind === 'anything' ? seen : usable;
    let found = [], wanted = what.startsWith('text=') ? plain(what.slice(5)) : '';
    if (!wanted) {
      try { found = [...document.querySelectorAll(what)].filter(fits); } catch { wanted = plain(what); }
    }
    if (wanted) {
      const field = 'input:not([type=hidden]),select,textarea,[contenteditable]';
      for (const those of kind === 'field' ? [field] : ['button,a,input,summary,label,option,[role]', '*']) {
        const all = [...document.querySelectorAll(those)].filter(fits);
        found = all.filter(el => texts(el).includes(wanted));
        if (!found.length && wanted.length > 2) found = all.filter(el => texts(el).some(t => t.includes(wanted)));
        if (found.length) break;
      }
      found = found.filter(el => !found.some(other => other !== el && el.contains(other)));
    }
    if (!found.length) return null;
    return path(handle(found[0]) || found[0]);
  };
  return { survey, signature, until, find, visible, path, seen, usable };
})()
