// Roster: progressive enhancement only. Every page works without this file.
const $$ = (s, r = document) => [...r.querySelectorAll(s)];
const $ = (s, r = document) => r.querySelector(s);
document.documentElement.classList.add('js');

// Toasts: one polite live region per page; it stays until dismissed or replaced.
function toast(text, tone = 'ok') {
  const t = $('#toast');
  t.hidden = false;
  t.dataset.tone = tone;
  $('span', t).textContent = text;
}

const page = async (url, options = {}) => {
  const answer = await fetch(url, options);
  // A sign-in page in the middle of a list helps nobody: go there instead.
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
};

// A link marked data-dialog leads to a page with one panel: show that panel here, in a dialog.
async function openDialog(link) {
  try {
    const form = $('.panel form', await page(link.href));
    const heading = $('h1', form), title = document.createElement('h2');
    title.append(...heading.childNodes);
    title.id = 'dialog-title';
    heading.replaceWith(title);
    form.action = form.getAttribute('action') || link.href;
    const dialog = document.createElement('dialog');
    dialog.className = form.closest('.panel').classList.contains('panel-wide') ? 'dialog dialog-wide' : 'dialog';
    dialog.setAttribute('aria-labelledby', title.id);
    dialog.setAttribute('closedby', 'any');
    dialog.append(form);
    dialog.addEventListener('close', () => { dialog.remove(); link.closest('[popover]')?.previousElementSibling?.focus(); });
    document.body.append(dialog);
    link.closest('[popover]')?.hidePopover();
    dialog.showModal();
  } catch {
    location.assign(link.href);
  }
}

// The menu of a row is fetched when it is wanted, from the moment that the button goes down; without script it is a page.
const coming = new WeakMap();
const menuAt = b => `${b.formAction}?${new URLSearchParams(new FormData(b.form))}`;
const wants = b => coming.get(b) ?? coming.set(b, page(menuAt(b))).get(b);
async function openMenu(button) {
  try {
    const menu = $('.menu-page', await wants(button));
    // Pressed twice.
    if (!button.hasAttribute('form')) return;
    menu.className = 'menu';
    menu.popover = 'auto';
    button.after(menu);
    // From now on the browser opens and closes it.
    button.type = 'button';
    button.removeAttribute('form');
    button.popoverTargetElement = menu;
    button.click();
  } catch {
    location.assign(menuAt(button));
  }
}
document.addEventListener('pointerdown', e => {
  const button = e.target.closest?.('button[form=menus]');
  // Whether it failed is seen at the click.
  if (button) wants(button).catch(() => {});
});

document.addEventListener('click', e => {
  const b = e.target.closest('button, a');
  if (!b || e.ctrlKey || e.metaKey || e.shiftKey) return;
  const copy = b.dataset.copy ?? $(b.dataset.copyFrom || null)?.value;
  if (b.dataset.dismiss !== undefined) b.closest('.toast').hidden = true;
  else if (copy !== undefined) {
    b.closest('[popover]')?.hidePopover();
    navigator.clipboard?.writeText(copy).then(() => toast('Copied to clipboard.'), () => toast('Could not copy. Select the text instead.', 'bad'));
  } else if (b.dataset.reveal) {
    const field = document.getElementById(b.dataset.reveal), hidden = field.type === 'password';
    field.type = hidden ? 'text' : 'password';
    b.textContent = hidden ? 'Hide' : 'Show';
  } else if (b.dataset.close !== undefined && b.closest('dialog')) {
    e.preventDefault();
    b.closest('dialog').close();
  } else if (b.matches('[form=menus]')) {
    e.preventDefault();
    openMenu(b);
  } else if (b.dataset.dialog !== undefined && HTMLDialogElement) {
    e.preventDefault();
    openDialog(b);
  }
});

// "/" focuses search; arrow keys move inside an open menu.
document.addEventListener('keydown', e => {
  const typing = e.target.closest?.('input, textarea, select');
  const search = $('main [type=search]') ?? $('#jump');
  if (e.key === '/' && !typing && search) { e.preventDefault(); search.focus(); }
  const menu = $('.menu:popover-open');
  if (menu && /^Arrow(Up|Down)$/.test(e.key)) {
    const items = $$('a, button', menu), i = items.indexOf(document.activeElement);
    e.preventDefault();
    items.at(e.key === 'ArrowDown' ? (i + 1) % items.length : Math.max(i, 0) - 1).focus();
  }
});

// Ticks of a list: the box in its head, and a spoken count.
function ticked(bulk) {
  const all = $('.pick-all', bulk), boxes = $$('.pick:enabled', bulk), count = boxes.filter(b => b.checked).length;
  all.checked = count > 0 && count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
  $('.picked [aria-live]', bulk).textContent = `: ${count}`;
}
document.addEventListener('change', e => {
  const bulk = e.target.matches('.pick, .pick-all') && e.target.closest('.bulk');
  if (!bulk) return;
  if (e.target.matches('.pick-all')) for (const b of $$('.pick:enabled', bulk)) b.checked = e.target.checked;
  ticked(bulk);
});
document.addEventListener('reset', e => e.target.matches('.bulkbar') && setTimeout(() => ticked(e.target.closest('.bulk'))));

// Search as one types: the same form, the same address, only the results are replaced. A key does not wait for the next one;
// what is no longer wanted is given up.
for (const form of $$('form[data-live]')) {
  let running;
  const run = async () => {
    // Not form.action: a field may have that name.
    const url = new URL(form.getAttribute('action'), location);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value);
    running?.abort();
    running = new AbortController();
    const results = document.getElementById(form.dataset.live);
    results.setAttribute('aria-busy', 'true');
    try {
      const found = await page(url, { signal: running.signal });
      const fresh = found.getElementById(form.dataset.live);
      // What fits on a screen is shown at once, the rest a moment later: rows take the browser longer than the server.
      const rest = [...fresh.querySelectorAll('tbody > tr:nth-child(n + 16)')];
      for (const row of rest) row.remove();
      results.replaceChildren(...fresh.childNodes);
      if (rest.length) {
        const { signal } = running;
        requestAnimationFrame(() => setTimeout(() => signal.aborted || $('tbody', results)?.append(...rest)));
      }
      $('.tabs', form.parentElement)?.replaceWith($('.tabs', found));
      for (const old of $$('[data-follows]')) old.replaceWith(found.getElementById(old.id));
      $('.count', form).textContent = $('.count', found).textContent;
      history.replaceState(null, '', url);
      results.removeAttribute('aria-busy');
    } catch (problem) {
      if (problem.name !== 'AbortError') location.assign(url);
    }
  };
  form.addEventListener('input', e => e.target.matches('select') || run());
  form.addEventListener('change', e => { if (e.target.matches('select')) run(); });
}

// A select that filters sends its form by itself; without script there is a button.
for (const s of $$('form:not([data-live]) select[data-send]')) s.addEventListener('change', () => s.form.requestSubmit());

// How strong a new password is: judged by the server, by the same rule as at submission.
const judging = new WeakMap();
document.addEventListener('input', e => {
  const p = e.target;
  if (!p.dataset?.strength) return;
  clearTimeout(judging.get(p));
  judging.set(p, setTimeout(async () => {
    const values = new URLSearchParams(new FormData(p.form));
    for (const other of $$('.reveal input', p.form)) values.delete(other.name);
    values.set('password', p.value);
    const answer = await fetch(p.dataset.strength, { method: 'POST', body: values }).catch(() => null);
    const verdict = answer?.ok ? await answer.json() : { words: '', tone: '' };
    const say = $('.strength', p.closest('.field'));
    say.textContent = verdict.words;
    say.dataset.tone = verdict.tone;
    say.hidden = !verdict.words;
    if (verdict.words) p.removeAttribute('aria-invalid');
  }, 250));
});

// A new person's clock is most likely the one of their browser; the form shows it before it is saved.
const zone = $('[action="/profile/complete"] [name=timeZone]');
if (zone && !zone.value) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone.selectedIndex < 0) zone.value = '';
}

// After a refused form, the first field to mend has the focus.
$('main [aria-invalid=true]')?.focus();
